// What the tills of a node that is lost are without: killed under load, or stopped for longer than its lease.
import { setTimeout as delay } from "node:timers/promises";
import { Fleet } from "./fleet/fleet.ts";
import { Load } from "./fleet/load.ts";
import { percentile, takeovers } from "./fleet/takeover.ts";
import type { Bound, Row } from "./row.ts";

const nodes = 3;
const tills = 60;
const killsEachRun = 10;
/** Between a node's return and the next loss. */
const settleMs = 300;

interface Bounds {
  readonly p50: Bound;
  readonly max: Bound;
}

interface Loss {
  readonly unit: "ms" | "s";
  readonly times: number;
  readonly bounds: Bounds;
  /** Loses the node, and gives back how. */
  readonly lose: (fleet: Fleet, name: string) => void;
  /** Settles once it is there again. */
  readonly comeBack: (fleet: Fleet, name: string) => Promise<void>;
  readonly timeoutMs?: number;
}

async function measureLosses({ unit, times, bounds, lose, comeBack, timeoutMs }: Loss) {
  await using fleet = await Fleet.open(nodes);
  const load = await Load.begin(fleet, { tills, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  const took: number[] = [];
  for (let i = 0; i < times; i++) {
    const name = fleet.names[i % nodes] as string;
    took.push(...(await takeovers(fleet, load, name, () => lose(fleet, name))));
    await comeBack(fleet, name);
    await fleet.settled();
    await load.everyTill();
    await delay(settleMs * (0.5 + Math.random())); // the next one hits another moment of the heartbeats
  }
  await load.end();
  const scale = unit === "s" ? 1_000 : 1;
  const figure = { unit, n: took.length };
  return [
    { part: "p50", ...figure, ours: percentile(took, 0.5) / scale, bound: bounds.p50 },
    { part: "p99", ...figure, ours: percentile(took, 0.99) / scale },
    { part: "max", ...figure, ours: Math.max(...took) / scale, bound: bounds.max },
  ];
}

export const failoverKill: Row = {
  name: "failover-kill",
  measure: (runs) =>
    measureLosses({
      unit: "ms",
      times: runs * killsEachRun,
      bounds: { p50: { is: "at most", value: 300, aim: 100 }, max: { is: "at most", value: 2_000, aim: 500 } },
      lose: (fleet, name) => void fleet.process(name).end("SIGKILL"),
      comeBack: (fleet, name) => fleet.start(name),
    }),
};

export const failoverPause: Row = {
  name: "failover-pause",
  measure: (runs) =>
    measureLosses({
      unit: "s",
      times: runs * 2,
      bounds: { p50: { is: "at most", value: 6, aim: 6 }, max: { is: "at most", value: 7, aim: 7 } },
      timeoutMs: 30_000,
      lose: (fleet, name) => fleet.process(name).signal("SIGSTOP"),
      async comeBack(fleet, name) {
        const epoch = fleet.known(name)?.epoch;
        fleet.process(name).signal("SIGCONT");
        await fleet.isBack(name, epoch);
      },
    }),
};
