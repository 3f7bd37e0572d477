// Ended turns on their way into one commit, as the text that they will be: put together turn by turn, so that nothing is
// kept for each of them.
import type { TurnRecord } from "./turn-record.ts";

/** What a commit says besides its header: JSON values with commas between, in pieces to be put one behind the other. */
export interface CommitBody {
  readonly events: readonly string[];
  readonly turns: readonly string[];
}

/** Of the empty commit. */
export const noTurns: CommitBody = Object.freeze({ events: [], turns: [] });

/** V8 puts a text that has grown together when it is written: many of this length in half the time of a long one. */
const pieceLength = 8_192;

export class CommitDraft implements CommitBody {
  readonly events: string[];
  readonly turns: string[];
  /** How many turns. */
  count = 1;
  bytes: number;
  lastVersion: number;
  /** No further turn may join: its last version is where a snapshot is taken. */
  isCut = false;

  /** Most stay alone: V8 gives a list that begins empty room for 17. */
  constructor({ events, json, bytes, lastVersion }: TurnRecord) {
    this.events = events === "" ? [] : [events];
    this.turns = [json];
    this.bytes = bytes;
    this.lastVersion = lastVersion;
  }

  add({ events, json, bytes, lastVersion }: TurnRecord): void {
    if (events !== "") append(this.events, events);
    append(this.turns, json);
    this.count++;
    this.bytes += bytes;
    this.lastVersion = lastVersion;
  }
}

function append(pieces: string[], text: string): void {
  const last = pieces.length - 1;
  if (last < 0) pieces.push(text);
  else if ((pieces[last] as string).length < pieceLength) pieces[last] = `${pieces[last]},${text}`;
  else pieces.push(`,${text}`);
}
