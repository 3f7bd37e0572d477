// The trouble in the middle of the feed: one node is killed at about half, and started again later.
import { ActorAddress } from "@aether/actor";
import { cluster, ownership } from "@aether/cluster";
import { Airport } from "./airport.ts";
import { FailoverWatch } from "./failover-watch.ts";
import type { Feeder } from "./feeder.ts";
import type { Fleet } from "./fleet.ts";
import { seededRandom } from "./seeded-random.ts";

/** The killed node comes back when this share is done, or after this time if nothing gets done without it. */
const restartAtShare = 0.7;
const restartAfterMs = 3_000;
const lookTimeoutMs = 30_000;

type Feed = Pick<Feeder, "done" | "total" | "outstanding">;

interface Victim {
  readonly name: string;
  readonly epoch: number | undefined;
  readonly watch: FailoverWatch;
}

export class Disturbance {
  /** Settles once the failover is measured and the killed node is back; rejects when it does not come back. */
  readonly over: Promise<FailoverWatch>;
  readonly #fleet: Fleet;
  readonly #say: (line: string) => void;
  readonly #killAtShare: number;
  readonly #choice: number;
  #begin: (killing: Promise<FailoverWatch>) => void = () => undefined;
  #victim: Victim | undefined;
  #timer: NodeJS.Timeout | undefined;
  #restart: () => void = () => undefined;

  constructor(fleet: Fleet, seed: number, say: (line: string) => void) {
    const random = seededRandom(seed);
    this.#fleet = fleet;
    this.#say = say;
    this.#choice = random();
    this.#killAtShare = 0.45 + random() * 0.1;
    this.over = new Promise((resolve) => (this.#begin = resolve));
  }

  /** To be told of each acknowledgement. */
  acknowledged(airport: string, feed: Feed): void {
    this.#observe(airport);
    if (this.#victim === undefined && feed.done >= Math.floor(feed.total * this.#killAtShare)) this.#choose(feed);
    if (feed.done >= feed.total * restartAtShare) this.#restart();
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  /** One of the nodes that are busy; if none is, a later moment is better, unless there is none. */
  #choose({ done, total, outstanding }: Feed): void {
    const isBusy = [...outstanding.values()].some((count) => count > 0);
    if (!isBusy && done < total) return;
    const airports = [...outstanding.keys()].filter((airport) => !isBusy || (outstanding.get(airport) ?? 0) > 0);
    const owners = new Set(airports.map((airport) => this.#ownerOf(airport)));
    const names = this.#fleet.names.filter((name) => owners.has(name));
    const name = names[Math.floor(this.#choice * names.length)];
    if (name === undefined) return; // no node is known to own any: at the next acknowledgement
    const hit = airports.filter((airport) => this.#ownerOf(airport) === name);
    this.#begin(this.#kill(name, hit));
  }

  async #kill(name: string, airports: readonly string[]): Promise<FailoverWatch> {
    const epoch = this.#epochOf(name);
    const watch = new FailoverWatch(airports);
    this.#victim = { name, epoch, watch };
    const killed = this.#fleet.kill(name);
    this.#say(`kill -9 ${name}, with commands of ${airports.length} of its airports outstanding`);
    await Promise.all([this.#comeBack(name, killed), ...airports.map((airport) => this.#look(airport))]);
    return watch;
  }

  async #comeBack(name: string, killed: Promise<void>): Promise<void> {
    const isTime = new Promise<void>((resolve) => {
      this.#restart = resolve;
      this.#timer = setTimeout(resolve, restartAfterMs);
    });
    await killed;
    await isTime;
    clearTimeout(this.#timer);
    await this.#fleet.start(name);
    this.#say(`${name} is back`);
  }

  /** What was outstanding may have been answered before the kill; this command is certainly answered by a new owner. */
  async #look(airport: string): Promise<void> {
    await this.#fleet.client.ref(Airport, airport).with({ timeoutMs: lookTimeoutMs }).ask.look();
    this.#observe(airport);
  }

  /** As long as the feeder's node knows no other owner, answers are those that were on their way at the kill. */
  #observe(airport: string): void {
    const victim = this.#victim;
    if (victim === undefined || !victim.watch.isWaitingFor(airport)) return;
    const owner = this.#ownerOf(airport);
    victim.watch.acknowledged(airport, owner !== victim.name || this.#epochOf(owner) !== victim.epoch);
  }

  #ownerOf(airport: string): string | undefined {
    return this.#fleet.client.use({ api: ownership }).ownerOf(new ActorAddress(Airport.type, airport));
  }

  #epochOf(name: string): number | undefined {
    const known = this.#fleet.client.use(cluster).nodes();
    return known.find(({ node }) => node === name)?.epoch;
  }
}
