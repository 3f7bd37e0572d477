// What processes say about themselves, collected for the report.
import type { FromProcess } from "./process-main.ts";

type Tally = Readonly<Record<string, number>>;

export class Witness {
  /** What was noted, and how often. */
  readonly notes: Map<string, number> = new Map();
  /** How long activations overlapped, where a node noticed it. */
  readonly overlapsMs: number[] = [];
  /** Processes that ended though nobody ended them, or did not end when they were told to. */
  readonly crashes: string[] = [];
  readonly #ended: Tally[] = [];
  readonly #running = new Map<string, Tally>();

  note(what: string): void {
    this.notes.set(what, (this.notes.get(what) ?? 0) + 1);
  }

  crash(what: string): void {
    this.crashes.push(what);
  }

  hear(name: string, said: FromProcess | { readonly type: "crashed"; readonly how: string }): void {
    if (said.type === "crashed") this.crash(`${name} ended by itself: ${said.how}`);
    if (said.type === "noted") {
      this.note(said.what);
      if (said.ms !== undefined) this.overlapsMs.push(said.ms);
    }
    if (said.type === "tally") this.#running.set(name, said.tally);
    if (said.type === "ready") {
      // Another life counts from 0.
      const before = this.#running.get(name);
      this.#running.delete(name);
      if (before !== undefined) this.#ended.push(before);
    }
  }

  /** Over all processes; what one counted in the half second before it was killed is missing. */
  tally(): Record<string, number> {
    const sum: Record<string, number> = {};
    for (const tally of [...this.#ended, ...this.#running.values()]) {
      for (const [what, count] of Object.entries(tally)) sum[what] = (sum[what] ?? 0) + count;
    }
    return sum;
  }
}
