// Asks of an actor on the other node, beside a request and its answer by hand with the same JSON.
import { performance } from "node:perf_hooks";
import { type Contender, interleave, median } from "../measure.ts";
import type { Bound, Row } from "./row.ts";
import { Teller, transfer } from "./teller.ts";
import { openTwoNodes, type TwoNodes } from "./two-nodes.ts";

type Call = () => Promise<unknown>;

const sequentialAsks = 4_000;
const parallelAsks = 60_000;
const lanes = 256;

/** One at a time; the median of what they took, in microseconds. */
function sequential(call: Call): Contender {
  return {
    run: async (n) => {
      const took: number[] = [];
      for (let i = 0; i < n; i++) {
        const from = performance.now();
        await call();
        took.push((performance.now() - from) * 1_000);
      }
      return median(took);
    },
  };
}

/** Always `lanes` under way; how many a second. */
function parallel(call: Call): Contender {
  const lane = async (n: number): Promise<void> => {
    for (let i = 0; i < n; i++) await call();
  };
  return {
    run: async (n) => {
      const each = Math.ceil(n / lanes);
      const from = performance.now();
      await Promise.all(Array.from({ length: lanes }, () => lane(each)));
      return (each * lanes * 1_000) / (performance.now() - from);
    },
  };
}

interface Shape {
  readonly name: string;
  readonly unit: string;
  readonly n: number;
  readonly bound: Bound;
  readonly contender: (call: Call) => Contender;
}

function calls({ system, request }: TwoNodes): { ours: Call; theirs: Call } {
  const teller = system.ref(Teller, "teller-1");
  return { ours: () => teller.ask.transfer(transfer), theirs: () => request(transfer) };
}

function row({ name, unit, n, bound, contender }: Shape): Row {
  return {
    name,
    async measure(runs) {
      await using nodes = await openTwoNodes();
      const { ours, theirs } = calls(nodes);
      const sides = { ours: contender(ours), theirs: contender(theirs) };
      const medians = await interleave(sides, { ours: n, theirs: n, runs });
      return [{ unit, n, ours: medians.ours, raw: medians.theirs, bound }];
    },
  };
}

export const remoteAsk: Row = row({
  name: "remote-ask",
  unit: "µs",
  n: sequentialAsks,
  bound: { is: "at most", value: 1.5, aim: 1.2 },
  contender: sequential,
});

export const remoteAsk256: Row = row({
  name: "remote-ask-256",
  unit: "asks/s",
  n: parallelAsks,
  bound: { is: "at least", value: 1, aim: 2 },
  contender: parallel,
});
