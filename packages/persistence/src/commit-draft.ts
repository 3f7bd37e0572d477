// Ended turns on their way into one commit: put together turn by turn, so that nothing is kept for each of them.
import { TextRun } from "./text-run.ts";
import type { TurnRecord } from "./turn-record.ts";

/** What a commit says besides its header. */
export interface CommitBody {
  readonly events: TextRun;
  readonly turns: TextRun;
}

/** Of the empty commit. */
export const noTurns: CommitBody = Object.freeze({ events: new TextRun(), turns: new TextRun() });

export class CommitDraft implements CommitBody {
  readonly events: TextRun;
  readonly turns: TextRun;
  /** How many turns. */
  count = 1;
  bytes: number;
  lastVersion: number;
  /** No further turn may join: its last version is where a snapshot is taken. */
  isCut = false;

  constructor({ events, json, bytes, lastVersion }: TurnRecord) {
    this.events = new TextRun(events);
    this.turns = new TextRun(json);
    this.bytes = bytes;
    this.lastVersion = lastVersion;
  }

  add({ events, json, bytes, lastVersion }: TurnRecord): void {
    if (events !== "") this.events.add(events);
    this.turns.add(json);
    this.count++;
    this.bytes += bytes;
    this.lastVersion = lastVersion;
  }
}
