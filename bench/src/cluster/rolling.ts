// Every node ends in order and is started again, one after the other, under load: what its users notice of that.
import { Fleet } from "./fleet/fleet.ts";
import { Load } from "./fleet/load.ts";
import { percentile } from "./fleet/takeover.ts";
import type { Row } from "./row.ts";

const nodes = 4;
const tills = 80;

export const rolling: Row = {
  name: "rolling",
  async measure(runs) {
    await using fleet = await Fleet.open(nodes);
    const load = await Load.begin(fleet, { tills });
    const worst: number[] = [];
    for (let i = 0; i < runs; i++) worst.push(...(await restartAll(fleet, load)));
    await load.stop();
    const failed = load.failures.length;
    if (failed === 0) await load.end();
    const figure = { unit: "ms", n: worst.length };
    return [
      { unit: "failed", n: runs * nodes, ours: failed, bound: { is: "at most", value: 0, aim: 0 } },
      { part: "p50", ...figure, ours: percentile(worst, 0.5) },
      { part: "p99", ...figure, ours: percentile(worst, 0.99), bound: { is: "at most", value: 1_000, aim: 200 } },
      { part: "max", ...figure, ours: Math.max(...worst) },
    ];
  },
};

/** The longest that a command waited for its answer, for each till. */
async function restartAll(fleet: Fleet, load: Load): Promise<readonly number[]> {
  const longest = new Map<string, number>();
  load.acknowledged = (till, tookMs) => void longest.set(till, Math.max(tookMs, longest.get(till) ?? 0));
  for (const name of fleet.names) {
    await fleet.process(name).end("SIGTERM");
    await fleet.start(name);
    await load.everyTill();
  }
  load.acknowledged = () => undefined;
  return [...longest.values()];
}
