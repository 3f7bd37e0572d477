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
  | { readonly type: "route-cut"; readonly from: number; readonly to: number; readonly forMs: number }
  /** All that clients of one server say to those of the others is lost, and what consumers elsewhere push to them. */
  | { readonly type: "isolated-server"; readonly server: number; readonly forMs: number }
  /** Servers deliver so many of the messages between clients twice, the second time a little later. */
  | { readonly type: "duplicates"; readonly share: number; readonly forMs: number }
  /** One node after the other ends in order and starts as the later release. */
  | { readonly type: "rolling-upgrade"; readonly restartMs: number }
  /** Of all servers at once. */
  | { readonly type: "power-cut"; readonly forMs: number };

export interface PlannedFault {
  readonly at: number;
  readonly fault: Fault;
}

type Draw = (random: () => number) => Fault;

const node = (random: () => number): number => Math.floor(random() * 3);
const span = (random: () => number, least: number, most: number): number => least + random() ** 2 * (most - least);

const ofNodes: readonly Draw[] = [
  (random) => ({ type: "crash", node: node(random), silent: random() < 0.3, restartMs: span(random, 50, 5_000) }),
  (random) => ({
    type: "pause",
    node: node(random),
    forMs: random() < 0.5 ? span(random, 20, 1_500) : 3_000 + random() * 2_000,
  }),
  (random) => ({ type: "drain", node: node(random), restartMs: span(random, 100, 3_000) }),
  (random) => ({ type: "join", forMs: span(random, 1_000, 5_000) }),
  (random) => ({ type: "cut", node: node(random) }),
  (random) => ({ type: "ack-loss", node: node(random), commits: 1 + Math.floor(random() * 4) }),
  (random) => ({ type: "ack-loss", node: node(random), commits: 1 + Math.floor(random() * 4) }),
  (random) => ({ type: "partition", node: node(random), ...sides(random), forMs: 50 + random() * 5_500 }),
  (random) => ({ type: "partition", node: node(random), ...sides(random), forMs: 50 + random() * 5_500 }),
  (random) => ({ type: "delay", node: node(random), mostMs: span(random, 20, 900), forMs: span(random, 500, 4_000) }),
  (random) => ({ type: "clock", node: node(random), byMs: (random() - 0.5) * 120_000 }),
];
const ofServers: readonly Draw[] = [
  (random) => ({ type: "server-crash", server: node(random), forMs: span(random, 100, 3_000) }),
  (random) => ({ type: "duplicates", share: 0.05 + random() * 0.5, forMs: span(random, 500, 4_000) }),
];
const ofClusters: readonly Draw[] = [
  (random) => ({ type: "leader-loss", forMs: span(random, 50, 2_500) }),
  (random) => ({ type: "deposed-leader", forMs: span(random, 200, 3_000) }),
  (random) => ({ type: "slow", node: node(random), byMs: span(random, 100, 900), forMs: span(random, 500, 3_000) }),
  (random) => ({ type: "lag", byMs: span(random, 100, 5_000), forMs: 1_000 + random() * 4_000 }),
  (random) => ({ type: "isolated-server", server: node(random), forMs: 500 + random() * 4_500 }),
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
  /** Whether the power of all servers fails, once. */
  readonly cutsPower: boolean;
  /** Whether a new release is rolled out. */
  readonly upgrades: boolean;
}

/** At least five. */
export function drawFaults({ random, servers, from, to, cutsPower, upgrades }: FaultOptions): PlannedFault[] {
  const draws = [...ofNodes, ...ofNodes, ...ofServers, ...(servers === 3 ? [...ofClusters, ...ofClusters] : [])];
  const count = 5 + Math.floor(random() * 5);
  const drawn = Array.from({ length: count }, () => {
    const draw = draws[Math.floor(random() * draws.length)] as Draw;
    const fault = draw(random);
    // Long ones begin early: what is cut short by the end of all faults shows less.
    const latest = Math.max(from, to - ("forMs" in fault ? fault.forMs : 0));
    const at = from + random() * (latest - from);
    return [{ at, fault }, ...companions(fault, at, random)];
  });
  if (cutsPower) {
    const at = from + (0.3 + random() * 0.5) * (to - from);
    drawn.push([{ at, fault: { type: "power-cut", forMs: span(random, 20, 1_000) } }]);
  }
  if (upgrades) {
    const at = from + random() * 0.5 * (to - from);
    drawn.push([{ at, fault: { type: "rolling-upgrade", restartMs: span(random, 50, 1_000) } }]);
  }
  return drawn.flat().toSorted((a, b) => a.at - b.at);
}

/** What comes with a fault: replicas that are behind harm only who begins to read; who was away has its clock set. */
function companions(fault: Fault, at: number, random: () => number): PlannedFault[] {
  if (fault.type === "partition" || fault.type === "pause") {
    if (random() < 0.75) return [];
    const byMs = -5_000 - random() * 55_000;
    return [{ at: at + random() * fault.forMs, fault: { type: "clock", node: fault.node, byMs } }];
  }
  if (fault.type !== "lag") return [];
  const fallen: Fault =
    random() < 0.5
      ? { type: "crash", node: node(random), silent: false, restartMs: span(random, 100, 2_000) }
      : { type: "drain", node: node(random), restartMs: span(random, 100, 2_000) };
  return [{ at: at + random() * fault.forMs, fault: fallen }];
}

export function sayFault({ type, ...rest }: Fault): string {
  const data = Object.entries(rest).map(
    ([name, value]) => `${name} ${typeof value === "number" && value > 1 ? Math.round(value) : value}`,
  );
  return [type, ...data].join(" ");
}
