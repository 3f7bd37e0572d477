// Tells of one sender to actors of one other node, as many as it takes: bursts, a few of them under way, each followed by
// asks for how many have come, so that none is counted that was not handled.
import type { ActorRef } from "@aether/actor";
import { performance } from "node:perf_hooks";
import { type Contender, interleave } from "../measure.ts";
import type { Row } from "./row.ts";
import { Teller } from "./teller.ts";
import { openTwoNodes } from "./two-nodes.ts";

const tells = 400_000;
const actors = 16;
const burst = 4_000;
const burstsUnderWay = 3;

function telling(tellers: readonly ActorRef<Teller>[]): Contender {
  const arrived = async (): Promise<number> =>
    (await Promise.all(tellers.map((teller) => teller.ask.transfers()))).reduce((sum, one) => sum + one, 0);
  const tell = async (bursts: number): Promise<void> => {
    for (let i = 0; i < bursts; i++) {
      for (let j = 0; j < burst; j++) tellers[j % actors]?.tell.add(j);
      await arrived();
    }
  };
  return {
    run: async (n) => {
      const each = Math.ceil(n / burst / burstsUnderWay);
      const before = await arrived();
      const from = performance.now();
      await Promise.all(Array.from({ length: burstsUnderWay }, () => tell(each)));
      const tookMs = performance.now() - from;
      const sent = each * burstsUnderWay * burst;
      const handled = (await arrived()) - before;
      if (handled !== sent) throw new Error(`${handled} of ${sent} tells were handled`);
      return (sent * 1_000) / tookMs;
    },
  };
}

const nothing: Contender = { run: () => Promise.resolve(Number.NaN) };

export const remoteTell: Row = {
  name: "remote-tell",
  async measure(runs) {
    await using nodes = await openTwoNodes();
    const tellers = Array.from({ length: actors }, (_, i) => nodes.system.ref(Teller, `teller-${i}`));
    const { ours } = await interleave({ ours: telling(tellers), theirs: nothing }, { ours: tells, theirs: 1, runs });
    return [{ unit: "tells/s", n: tells, ours, bound: { is: "at least", value: 300_000, aim: 600_000 } }];
  },
};
