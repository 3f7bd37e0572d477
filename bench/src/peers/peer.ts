// What one would pick instead of us: a minimal program for each row that makes sense for it.
import type { Contender } from "../measure.ts";

export type PeerRow = "tell" | "ping-pong" | "ask-sequential" | "ask-1k" | "spawn";

export interface PeerProgram {
  /** Operations of one timed run: enough to time, and not more than its speed allows. */
  readonly n: number;
  open(): Promise<Contender> | Contender;
}

export interface Peer {
  readonly name: string;
  /** Where it promises less than an actor does, so that its figure is not read as an actor's. */
  readonly note?: string;
  /** Why it cannot run on this machine; `undefined` when it can. */
  missing?(): string | undefined;
  readonly rows: Partial<Readonly<Record<PeerRow, PeerProgram>>>;
}
