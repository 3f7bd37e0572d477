// The faults of one run: drawn before it begins, each with its end, while commands are under way.

export type Fault =
  | { readonly type: "crash"; readonly node: number; readonly silent: boolean; readonly restartMs: number }
  | { readonly type: "pause"; readonly node: number; readonly forMs: number }
  | { readonly type: "drain"; readonly node: number; readonly restartMs: number }
  | { readonly type: "join"; readonly forMs: number }
  | { readonly type: "cut"; readonly node: number }
  /** Its next commits are stored, and it does not hear of it. */
  | { readonly type: "ack-loss"; readonly node: number; readonly commits: number }
  | {
      readonly type: "partition";
      readonly node: number;
      readonly up: boolean;
      readonly down: boolean;
      readonly forMs: number;
    }
  | { readonly type: "delay"; readonly node: number; readonly mostMs: number; readonly forMs: number }
  | { readonly type: "clock"; readonly node: number; readonly byMs: number }
  | { readonly type: "server-crash"; readonly server: number; readonly forMs: number }
  | { readonly type: "leader-loss"; readonly forMs: number }
  | { readonly type: "deposed-leader"; readonly forMs: number }
  /** Agreeing takes long, and a node loses its connection meanwhile. */
  | { readonly type: "slow"; readonly node: number; readonly byMs: number; readonly forMs: number }
  | { readonly type: "lag"; readonly byMs: number; readonly forMs: number }
  | { readonly type: "route-cut"; readonly from: number; readonly to: number; readonly forMs: number };

export interface PlannedFault {
  readonly at: number;
  readonly fault: Fault;
}

type Draw = (random: () => number) => Fault;

const node = (random: () => number): number => Math.floor(random() * 3);
const span = (random: () => number, least: number, most: number): number => least + random() ** 2 * (most - least);

const ofNodes: readonly Draw[] = [
  (random) => ({ type: "crash", node: node(random), silent: random() < 0.3, restartMs: span(random, 50, 5_000) }),
  (random) => ({ type: "pause", node: node(random), forMs: span(random, 20, 6_000) }),
  (random) => ({ type: "drain", node: node(random), restartMs: span(random, 100, 3_000) }),
  (random) => ({ type: "join", forMs: span(random, 1_000, 8_000) }),
  (random) => ({ type: "cut", node: node(random) }),
  (random) => ({ type: "ack-loss", node: node(random), commits: 1 + Math.floor(random() * 4) }),
  (random) => ({ type: "ack-loss", node: node(random), commits: 1 + Math.floor(random() * 4) }),
  (random) => ({ type: "partition", node: node(random), ...sides(random), forMs: span(random, 50, 6_000) }),
  (random) => ({ type: "delay", node: node(random), mostMs: span(random, 20, 900), forMs: span(random, 500, 4_000) }),
  (random) => ({ type: "clock", node: node(random), byMs: (random() - 0.5) * 120_000 }),
];
const ofServers: readonly Draw[] = [
  (random) => ({ type: "server-crash", server: node(random), forMs: span(random, 100, 3_000) }),
];
const ofClusters: readonly Draw[] = [
  (random) => ({ type: "leader-loss", forMs: span(random, 50, 2_500) }),
  (random) => ({ type: "deposed-leader", forMs: span(random, 200, 3_000) }),
  (random) => ({ type: "slow", node: node(random), byMs: span(random, 100, 900), forMs: span(random, 500, 3_000) }),
  (random) => ({ type: "lag", byMs: span(random, 20, 3_000), forMs: span(random, 500, 5_000) }),
  (random) => ({ type: "route-cut", from: node(random), to: node(random), forMs: span(random, 500, 5_000) }),
];

function sides(random: () => number): { readonly up: boolean; readonly down: boolean } {
  const chance = random();
  return { up: chance < 0.7, down: chance > 0.4 };
}

export interface FaultOptions {
  readonly random: () => number;
  readonly servers: 1 | 3;
  readonly from: number;
  readonly to: number;
}

/** At least five. */
export function drawFaults({ random, servers, from, to }: FaultOptions): PlannedFault[] {
  const draws = [...ofNodes, ...ofNodes, ...ofServers, ...(servers === 3 ? [...ofClusters, ...ofClusters] : [])];
  const count = 5 + Math.floor(random() * 5);
  const drawn = Array.from({ length: count }, () => {
    const draw = draws[Math.floor(random() * draws.length)] as Draw;
    return { at: from + random() * (to - from), fault: draw(random) };
  });
  return drawn.toSorted((a, b) => a.at - b.at);
}

export function sayFault({ type, ...rest }: Fault): string {
  const data = Object.entries(rest).map(
    ([name, value]) => `${name} ${typeof value === "number" ? Math.round(value) : value}`,
  );
  return [type, ...data].join(" ");
}
