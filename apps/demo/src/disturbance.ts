// The trouble in the middle of the feed: one node is killed at about half, and started again later.
import { ActorAddress } from "@aether/actor";
import { ownership } from "@aether/cluster";
import { Airport } from "./airport.ts";
import { FailoverWatch } from "./failover-watch.ts";
import type { Fleet } from "./fleet.ts";
import { seededRandom } from "./seeded-random.ts";

/** The killed node comes back when this share is done, or after this time if nothing gets done without it. */
const restartAtShare = 0.7;
const restartAfterMs = 3_000;

export class Disturbance {
  readonly victim: string;
  watch: FailoverWatch | undefined;
  readonly #fleet: Fleet;
  readonly #say: (line: string) => void;
  readonly #killAtShare: number;
  #killing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #restart: () => void = () => undefined;

  constructor(fleet: Fleet, seed: number, say: (line: string) => void) {
    const random = seededRandom(seed);
    this.#fleet = fleet;
    this.#say = say;
    this.victim = fleet.names[Math.floor(random() * fleet.names.length)] as string;
    this.#killAtShare = 0.45 + random() * 0.1;
  }

  /** To be told of each acknowledgement. */
  acknowledged(airport: string, share: number, outstanding: ReadonlyMap<string, number>): void {
    this.watch?.acknowledged(airport, this.#ownerOf(airport) !== this.victim);
    if (this.#killing === undefined && share >= this.#killAtShare) this.#killing = this.#kill(outstanding);
    if (share >= restartAtShare) this.#restart();
  }

  /** Settles once the killed node is back. */
  async over(): Promise<void> {
    await this.#killing;
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  async #kill(outstanding: ReadonlyMap<string, number>): Promise<void> {
    const waiting = [...outstanding].filter(([airport, count]) => count > 0 && this.#ownerOf(airport) === this.victim);
    const back = new Promise<void>((resolve) => {
      this.#restart = resolve;
      this.#timer = setTimeout(resolve, restartAfterMs);
    });
    this.watch = new FailoverWatch(
      performance.now(),
      waiting.map(([airport]) => airport),
    );
    const killed = this.#fleet.kill(this.victim);
    this.#say(`kill -9 ${this.victim}, with commands of ${waiting.length} of its airports outstanding`);
    await killed;
    await back;
    clearTimeout(this.#timer);
    await this.#fleet.start(this.victim);
    this.#say(`${this.victim} is back`);
  }

  #ownerOf(airport: string): string | undefined {
    return this.#fleet.client.use({ api: ownership }).ownerOf(new ActorAddress(Airport.type, airport));
  }
}
