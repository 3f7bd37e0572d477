// The trouble in the feed: the planned faults, one after the other, each in its part of the feed.
import { setTimeout as delay } from "node:timers/promises";
import { faults } from "./fault-kinds.ts";
import type { FaultKind, PlannedFault } from "./fault-plan.ts";
import type { FaultRow, Feed } from "./fault.ts";
import type { Fleet } from "./fleet.ts";
import { Handover } from "./handover.ts";
import { Owners } from "./owners.ts";
import type { Pace } from "./pace.ts";

/** When nothing gets done, half of a fault's time is over after this. */
const halfTimeMs = 3_000;
const settlePollMs = 20;

interface Running {
  readonly planned: PlannedFault;
  readonly since: number;
  readonly handovers: Handover[];
  longestWaitMs: number;
  halfTime: () => void;
}

export interface DisturbanceParts {
  readonly fleet: Fleet;
  readonly plan: readonly PlannedFault[];
  readonly pace: Pace;
  readonly say: (line: string) => void;
}

export class Disturbance {
  /** Settles once all faults are over; rejects when one does not come to its end. */
  readonly over: Promise<readonly FaultRow[]>;
  readonly #parts: DisturbanceParts;
  readonly #owners: Owners;
  readonly #left: PlannedFault[];
  readonly #rows = new Map<FaultKind, FaultRow>();
  #running: Running | undefined;
  #timer: NodeJS.Timeout | undefined;
  #end: (rows: readonly FaultRow[]) => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;

  constructor(parts: DisturbanceParts) {
    this.#parts = parts;
    this.#owners = new Owners(parts.fleet);
    this.#left = [...parts.plan];
    this.over = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    if (this.#left.length === 0) this.#end([]);
  }

  /** To be told of each acknowledgement. @param sentAt when the command was sent */
  acknowledged(airport: string, feed: Feed, sentAt: number): void {
    const running = this.#running;
    if (running === undefined) return this.#beginNext(feed);
    const { planned, since, handovers } = running;
    running.longestWaitMs = Math.max(running.longestWaitMs, performance.now() - Math.max(sentAt, since));
    handovers.at(-1)?.observe(airport);
    if (feed.done >= (feed.total * (planned.from + planned.to)) / 2) running.halfTime();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#parts.pace.free();
  }

  /** When nodes are busy; a later moment is better than one where none is, unless there is none. */
  #beginNext(feed: Feed): void {
    const [planned] = this.#left;
    if (planned === undefined || feed.done < Math.floor(feed.total * planned.from)) return;
    const isBusy = [...feed.outstanding.values()].some((count) => count > 0);
    if (!isBusy && feed.done < feed.total) return;
    const names = this.#owners.busyNodes(feed.outstanding);
    const victim = names[Math.floor(planned.choice * names.length)];
    if (victim === undefined) return; // no node is known to own any: at the next acknowledgement
    this.#left.shift();
    void this.#run(planned, victim, feed).catch(this.#fail);
  }

  async #run(planned: PlannedFault, victim: string, feed: Feed): Promise<void> {
    const { fleet, pace, say } = this.#parts;
    if (planned.lastsMs !== undefined) pace.slow(Math.floor(feed.total * planned.to), planned.lastsMs);
    const running: Running = { planned, since: performance.now(), handovers: [], longestWaitMs: 0, halfTime: () => {} };
    this.#running = running;
    const halfTime = new Promise<void>((resolve) => {
      running.halfTime = resolve;
      this.#timer = setTimeout(resolve, halfTimeMs);
    });
    const handover = (name: string): Handover => {
      const airports = this.#owners.busyAirportsOf(name, feed.outstanding);
      const begun = new Handover(this.#owners, name, airports);
      running.handovers.push(begun);
      return begun;
    };
    await faults[planned.kind]({ fleet, owners: this.#owners, feed, say, victim, halfTime, handover });
    while (!this.#owners.areSettled) await delay(settlePollMs);
    clearTimeout(this.#timer);
    pace.free();
    this.#note(running);
    this.#running = undefined;
    if (this.#left.length === 0) this.#end([...this.#rows.values()]);
    else if (feed.done === feed.total) this.#beginNext(feed);
  }

  #note({ planned: { kind }, handovers, longestWaitMs }: Running): void {
    const row = this.#rows.get(kind);
    const watches = handovers.map(({ watch }) => watch);
    this.#rows.set(kind, {
      kind,
      count: (row?.count ?? 0) + 1,
      failoverMs: Math.max(row?.failoverMs ?? 0, ...watches.map(({ longestMs }) => longestMs)),
      failoverAirports: watches.reduce((sum, { airports }) => sum + airports, row?.failoverAirports ?? 0),
      longestWaitMs: Math.max(row?.longestWaitMs ?? 0, Math.ceil(longestWaitMs)),
    });
  }
}
