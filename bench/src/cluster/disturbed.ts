// Which tills notice that one of several nodes is lost: those that are another incarnation afterwards.
import { Fleet } from "./fleet/fleet.ts";
import { Till } from "./fleet/till.ts";
import type { Row } from "./row.ts";

const nodes = 4;
const tills = Array.from({ length: 2_000 }, (_, i) => `till-${i}`);
const limit = 1 / nodes + 0.05;
const timeoutMs = 30_000;

export const disturbed: Row = {
  name: "disturbed",
  async measure(runs) {
    await using fleet = await Fleet.open(nodes);
    const shares: number[] = [];
    for (let i = 0; i < runs; i++) {
      const name = fleet.names[i % nodes] as string;
      const before = await incarnations(fleet);
      await fleet.process(name).end("SIGKILL");
      const after = await incarnations(fleet);
      shares.push(before.filter((incarnation, till) => incarnation !== after[till]).length / tills.length);
      await fleet.start(name);
      await fleet.settled();
      await incarnations(fleet);
    }
    const bound = { is: "at most", value: limit, aim: limit } as const;
    return [{ unit: "of all", n: tills.length, ours: Math.max(...shares), bound, note: `1 of ${nodes} nodes lost` }];
  },
};

/** Of all tills, in their order. */
function incarnations({ system }: Fleet): Promise<string[]> {
  return Promise.all(tills.map((till) => system.ref(Till, till).with({ timeoutMs }).ask.incarnation()));
}
