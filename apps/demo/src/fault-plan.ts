// Which faults a run sees and when: one after the other, each in its own part of the feed, so that every one of them meets
// nodes that are busy. Decided by the seed before the feed begins.
import { seededRandom } from "./seeded-random.ts";

export type FaultKind = "kill" | "kill-server" | "rolling" | "pause";

/** What the user asked for. */
export interface FaultPlan {
  readonly kills: number;
  readonly killServer: boolean;
  readonly rolling: boolean;
  readonly pause: boolean;
}

export interface PlannedFault {
  readonly kind: FaultKind;
  /** Shares of the feed: it begins at the first, and what is fed until it is over ends before the second. */
  readonly from: number;
  readonly to: number;
  /** From 0 to 1: decides which node it hits. */
  readonly choice: number;
  /** About as long as it takes: the feed is slowed down to it. `undefined`: the feed runs as fast as it can. */
  readonly lastsMs: number | undefined;
}

/** About as long as a fault takes, until all is as before. */
const lasts: Readonly<Record<FaultKind, (nodes: number) => number>> = {
  kill: () => 3_000,
  "kill-server": () => 8_000,
  rolling: (nodes) => nodes * 2_500,
  pause: () => 13_000,
};

const begin = 0.1;
const end = 0.9;

/** @param nodes how many there are */
export function planFaults({ kills, ...others }: FaultPlan, nodes: number, seed: number): readonly PlannedFault[] {
  const random = seededRandom(seed);
  const kinds: FaultKind[] = Array.from({ length: kills }, () => "kill");
  if (others.killServer) kinds.push("kill-server");
  if (others.rolling) kinds.push("rolling");
  if (others.pause) kinds.push("pause");
  const [only] = kinds;
  if (kinds.length === 1 && only === "kill") return [aloneInTheMiddle(random)];
  const total = kinds.reduce((sum, kind) => sum + lasts[kind](nodes), 0);
  let from = begin;
  return kinds.map((kind) => {
    const lastsMs = lasts[kind](nodes);
    const width = ((end - begin) * lastsMs) / total;
    const planned = { kind, from: from + width * 0.1 * random(), to: from + width, choice: random(), lastsMs };
    from += width;
    return planned;
  });
}

/** One kill needs no slow feed: it is over when there is still enough left. */
function aloneInTheMiddle(random: () => number): PlannedFault {
  const choice = random();
  return { kind: "kill", from: 0.45 + random() * 0.1, to: end, choice, lastsMs: undefined };
}
