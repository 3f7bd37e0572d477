// Where a stream ends, as its leader says. A leader that was paused or cut off, and replaced, does not know that at once:
// until then it shows an older end. Invariant: of several replicas an older end than was seen is believed only once it
// has been shown for longer than such a leader can speak.
import { type Clock, systemClock } from "@aether/actor";

/** NATS takes the lead from a server that has heard of no other one for ten seconds. */
const doubtMs = 12_000;

export class StreamEnd {
  readonly #clock: Clock;
  #newest = 0;
  #doubtedSince: number | undefined;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** This much is stored: it was told, or read. */
  saw(sequence: number): void {
    this.#newest = Math.max(this.#newest, sequence);
  }

  /** Whether the stream has been set back, if it is shown to end there. */
  believes(last: number, replicas: number): boolean {
    const now = this.#clock.now();
    if (last < this.#newest && replicas > 1) {
      this.#doubtedSince ??= now;
      if (now - this.#doubtedSince < doubtMs) return false;
    }
    this.#newest = last;
    this.#doubtedSince = undefined;
    return true;
  }
}
