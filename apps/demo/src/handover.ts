// The airports of one node that is about to be lost, until each of them was answered for by its next owner.
import { setTimeout as delay } from "node:timers/promises";
import { Airport } from "./airport.ts";
import { FailoverWatch } from "./failover-watch.ts";
import type { Fleet } from "./fleet.ts";
import type { Owners } from "./owners.ts";

const lookTimeoutMs = 30_000;
/** A node that leaves in order answers until it drains. */
const lookAgainMs = 5;

export class Handover {
  readonly watch: FailoverWatch;
  readonly airports: readonly string[];
  readonly #name: string;
  readonly #epoch: number | undefined;
  readonly #owners: Owners;

  /** The time runs from here on. */
  constructor(owners: Owners, name: string, airports: readonly string[]) {
    this.#owners = owners;
    this.#name = name;
    this.#epoch = owners.epochOf(name);
    this.airports = airports;
    this.watch = new FailoverWatch(airports);
  }

  /** As long as the feeder's node knows no other owner, answers are those that were on their way. */
  observe(airport: string): void {
    if (!this.watch.isWaitingFor(airport)) return;
    const owner = this.#owners.ownerOf(airport);
    const isOther = owner !== undefined && (owner !== this.#name || this.#owners.epochOf(owner) !== this.#epoch);
    this.watch.acknowledged(airport, isOther);
  }

  /** What was outstanding may have been answered before; these commands are certainly answered by the next owner. */
  async over({ client }: Fleet): Promise<void> {
    await Promise.all(
      this.airports.map(async (airport) => {
        for (;;) {
          await client.ref(Airport, airport).with({ timeoutMs: lookTimeoutMs }).ask.look();
          this.observe(airport);
          if (!this.watch.isWaitingFor(airport)) return;
          await delay(lookAgainMs);
        }
      }),
    );
  }
}
