// Ended turns on their way into one commit, as the text that they will be: put together turn by turn, so that nothing is
// kept for each of them.
import type { TurnRecord } from "./turn-record.ts";

/** What a commit says besides its header: JSON values with commas between. */
export interface CommitBody {
  readonly events: string;
  readonly turns: string;
}

/** Of the empty commit. */
export const noTurns: CommitBody = Object.freeze({ events: "", turns: "" });

export class CommitDraft implements CommitBody {
  events: string;
  turns: string;
  /** How many turns. */
  count = 1;
  bytes: number;
  lastVersion: number;
  /** No further turn may join: its last version is where a snapshot is taken. */
  isCut = false;

  constructor({ events, json, bytes, lastVersion }: TurnRecord) {
    this.events = events;
    this.turns = json;
    this.bytes = bytes;
    this.lastVersion = lastVersion;
  }

  add({ events, json, bytes, lastVersion }: TurnRecord): void {
    if (this.events === "") this.events = events;
    else if (events !== "") this.events = `${this.events},${events}`;
    this.turns = `${this.turns},${json}`;
    this.count++;
    this.bytes += bytes;
    this.lastVersion = lastVersion;
  }
}
