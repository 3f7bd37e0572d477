// A node that hosts 10,000 idle tills is told to end: from SIGTERM to the end of its process. Another node is there to
// take them over.
import { Fleet } from "./fleet/fleet.ts";
import { Till } from "./fleet/till.ts";
import { median } from "../measure.ts";
import type { Row } from "./row.ts";

const actors = 10_000;
const atOnce = 500;

export const drain: Row = {
  name: "drain",
  async measure(runs) {
    const seconds: number[] = [];
    for (let i = 0; i < runs; i++) seconds.push(await drainOnce());
    return [{ unit: "s", n: actors, ours: median(seconds), bound: { is: "at most", value: 5, aim: 1 } }];
  },
};

async function drainOnce(): Promise<number> {
  await using fleet = await Fleet.open(2);
  const [name] = fleet.names as [string];
  const own = tillsOf(fleet, name);
  for (let i = 0; i < actors; i += atOnce) {
    await Promise.all(own.slice(i, i + atOnce).map((till) => fleet.system.ref(Till, till).ask.pay(1)));
  }
  const from = performance.now();
  await fleet.process(name).end("SIGTERM");
  return (performance.now() - from) / 1_000;
}

function tillsOf(fleet: Fleet, name: string): readonly string[] {
  const own: string[] = [];
  for (let i = 0; own.length < actors; i++) if (fleet.ownerOf(`till-${i}`) === name) own.push(`till-${i}`);
  return own;
}
