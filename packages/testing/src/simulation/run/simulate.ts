// One run: a bank on a few nodes, callers, faults, then quiet, then the check of everything that was promised.
import { createSeededRandom } from "@aether/actor/testing";
import { checkBalance } from "../check/balance.ts";
import { checkConflicts } from "../check/conflicts.ts";
import { checkOwnership, type Outage } from "../check/ownership.ts";
import { checkRecoveries } from "../check/recoveries.ts";
import { checkCommands } from "../check/commands.ts";
import { readLogs, readTable, standings } from "../check/log.ts";
import { type Lost, lostOf, removalLostAt } from "../check/lost.ts";
import { type BegunWork, checkLater } from "../check/later.ts";
import { checkOrder } from "../check/order.ts";
import { checkSnapshots, checkStructure } from "../check/structure.ts";
import { checkTellings } from "../check/tellings.ts";
import type { Violation } from "../check/violation.ts";
import { outside } from "./account.ts";
import { Breaking } from "./breaking.ts";
import { drawFaults, type PlannedFault } from "./faults.ts";
import { send } from "./calling.ts";
import type { Op } from "./history.ts";
import { drawEars, Listening } from "./listening.ts";
import { settle, survive } from "./settling.ts";
import { type Deployment, leaseMs, type LostActor, type RecoveredActor, SimNode, systemName } from "./sim-node.ts";
import { SimWorld } from "./sim-world.ts";
import { drawWorkload, nameOf, type Planned } from "./workload.ts";

export interface SimulationOptions {
  readonly seed: number;
  /** Whether the story is kept, and not only its hash. @default false */
  readonly keepsStory?: boolean;
}

/** What one seed showed. */
export interface SimulationReport {
  readonly seed: number;
  readonly servers: number;
  readonly violations: readonly Violation[];
  readonly traceHash: string;
  readonly story: readonly string[];
  readonly figures: Figures;
}

export interface Figures {
  readonly commands: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly commits: number;
  /** All of them began while a command was under way. */
  readonly faults: number;
  readonly virtualMs: number;
  readonly events: number;
}

const actors = 24;
const commands = 485;
const startMs = 800;
const loadMs = 6_000;
const settleMs = 30_000;
/** Of a read at an old owner, beyond its lease: clocks that run slower, and the way back. */
const graceMs = 50;

/** Node's own, before the simulation answers for it. */
const { setImmediate: soon } = globalThis;

/** Runs one seed. The same seed gives the same report, in every process. One at a time in a process. */
export function simulate(options: SimulationOptions): Promise<SimulationReport> {
  // Out of a promise no other promise would run before this one has ended.
  return new Promise((resolve, reject) => {
    soon(() => {
      try {
        resolve(simulateNow(options));
      } catch (error) {
        reject(error);
      }
    });
  });
}

function simulateNow({ seed, keepsStory = false }: SimulationOptions): SimulationReport {
  Error.stackTraceLimit = 0; // half of the time of a refused command would go into a stack that nobody reads
  const draw = createSeededRandom(seed * 7 + 3);
  const random = (): number => draw.next();
  const servers = random() < 0.6 ? 3 : 1;
  const upgrades = random() < 0.25;
  // Passivated again and again, or kept for longer than all that may be stale.
  const idleMs = [300, 700, 5_000][Math.floor(random() * 3)] as number;
  const power = drawPower(random);
  const world = new SimWorld({ seed, servers, keepsStory, syncs: power.syncs });
  const deployment: Deployment = { durability: power.wanted };
  const listening = new Listening(world, drawEars(random));
  const onUp: Listening["begin"] = (up, system) => listening.begin(up, system);
  const node = (id: string, hosts: boolean): SimNode =>
    new SimNode({ world, id, hosts, replicas: servers, idleMs, deployment, onUp });
  const nodes = ["n1", "n2", "n3"].map((id) => node(id, true));
  const [client, spare] = [node("client", false), node("n4", true)];
  const plan = { random, from: startMs, to: startMs + loadMs };
  const callers = [client, ...nodes];
  const workload = drawWorkload({ ...plan, actors, commands, callers: callers.length });
  const faults = drawFaults({ ...plan, to: plan.to - 500, servers, cutsPower: power.isCut, upgrades });
  for (const one of callers) one.start();
  const ops: Op[] = [];
  const begun: BegunWork[] = [];
  outside.hear = (op) => {
    begun.push({ op, at: world.timeline.now });
    world.trace.tell("world", `the work of ${op} begins`);
  };
  world.run(startMs);
  schedule(workload, callers, { world, ops });
  const breaking = new Breaking(world, nodes, spare, (alone) => readsAt(alone, { world, ops }, random));
  breaking.plan(faults, () =>
    ops.some(({ kind, toldAt }) => kind !== "read" && kind !== "tell" && toldAt === undefined),
  );
  world.run(startMs + loadMs);
  breaking.heal();
  const unsettled = settle({ world, ops, callers, listening, withinMs: settleMs });
  const heardBy = world.timeline.now;
  const isOneLost = random() < 0.3;
  if (isOneLost)
    unsettled.push(
      ...survive({ world, ops, callers, listening, withinMs: leaseMs + 2_000 }, nodes[seed % 3] as SimNode),
    );
  const recovered = [...nodes, spare].flatMap((one) => one.recovered);
  const conflicts = [...callers, spare].flatMap((one) => one.conflicts);
  const lost = lostOf(world, systemName, deployment.durability !== "strict");
  const [staleMs, outages] = [staleMsOf(faults), outagesOf(faults)];
  const violations = [
    ...check(world, ops, { conflicts, recovered, staleMs, outages, listening, heardBy, lost, begun }),
    ...unsettled,
    ...unexpected(world, [...callers, spare], listening),
  ];
  return {
    seed,
    servers,
    violations,
    traceHash: world.trace.hash,
    story: world.trace.lines,
    figures: figuresOf(world, ops, breaking.begun),
  };
}

function schedule(
  workload: readonly Planned[],
  callers: readonly SimNode[],
  parts: { readonly world: SimWorld; readonly ops: Op[] },
): void {
  const { timeline } = parts.world;
  for (const wish of workload) {
    timeline.after(wish.at - timeline.now, () => {
      const chosen = callers[wish.caller] as SimNode;
      const caller = chosen.isUp && chosen.machine?.isPaused === false ? chosen : (callers[0] as SimNode);
      send(parts, caller, wish);
    });
  }
}

interface Power {
  readonly isCut: boolean;
  /** Servers flush before they acknowledge. */
  readonly syncs: boolean;
  /** What the nodes ask for. */
  readonly wanted: Deployment["durability"];
}

function drawPower(random: () => number): Power {
  const isCut = random() < 0.25;
  const syncs = random() < 0.4;
  const wanted = syncs || random() < 0.5 ? "strict" : "dev";
  return isCut ? { isCut, syncs, wanted } : { isCut, syncs: false, wanted: "dev" };
}

/** Some of the busy accounts. */
function readsAt(node: SimNode, parts: { readonly world: SimWorld; readonly ops: Op[] }, random: () => number): void {
  for (let i = 0; i < 4; i++) {
    const actor = nameOf(Math.floor(random() * (actors / 3)));
    const id = `${node.id}-alone-${parts.ops.length}-${i}`;
    send(parts, node, { id, kind: "read", actor, to: actor, amount: 0, hasId: false });
  }
}

/** A read at an old owner may lag for a lease; a deposed leader lengthens that by as long as it answers. */
function staleMsOf(faults: readonly PlannedFault[]): number {
  const deposed = faults.map(({ fault }) => (fault.type === "deposed-leader" ? fault.forMs : 0));
  return leaseMs + graceMs + Math.max(0, ...deposed);
}

/** When no server leads, or none is there. */
function outagesOf(faults: readonly PlannedFault[]): Outage[] {
  return faults.flatMap(({ at, fault }) =>
    fault.type === "leader-loss" || fault.type === "power-cut" ? [{ from: at, until: at + fault.forMs }] : [],
  );
}

/**
 * A node that others removed while it was paused does not know it when the table has lost that: until they hear of it
 * again, it answers reads with what it had.
 */
function anyAgeIn(world: SimWorld): { readonly from: number; readonly until: number } | undefined {
  const from = removalLostAt(world, systemName);
  return from === undefined ? undefined : { from, until: startMs + loadMs + 2 * leaseMs };
}

interface CheckParts {
  readonly conflicts: readonly LostActor[];
  readonly recovered: readonly RecoveredActor[];
  readonly staleMs: number;
  readonly outages: readonly Outage[];
  readonly listening: Listening;
  /** What was stored until then has been told. */
  readonly heardBy: number;
  readonly lost: Lost;
  readonly begun: readonly BegunWork[];
}

function check(world: SimWorld, all: readonly Op[], parts: CheckParts): Violation[] {
  const { staleMs, listening, heardBy, lost } = parts;
  const logs = readLogs(world.standing, systemName);
  const stored = standings(logs);
  const table = readTable(world.ledger, systemName);
  const witness = { logs, table, pasts: world.pasts };
  const ops = all.filter((op) => !lost.has(op));
  const isWhole = (one: LostActor): boolean => !lost.actors.has(one.actor);
  const conflicts = parts.conflicts.filter(isWhole);
  const recovered = parts.recovered.filter(isWhole);
  return [
    ...checkCommands(ops, stored),
    ...checkOrder(all, logs, { staleMs, lost, anyAge: anyAgeIn(world) }),
    ...checkStructure(logs, table, { system: systemName, leaseMs }),
    ...checkSnapshots(world.ledger, logs, { system: systemName, lost }),
    ...checkBalance(ops, stored),
    ...checkLater(ops, stored, { begun: parts.begun, lost }),
    ...checkTellings(listening.hearings, logs, { by: heardBy, lost }),
    ...checkConflicts(conflicts, recovered, witness),
    ...checkRecoveries(recovered, witness),
    ...checkOwnership(logs, table, { behindMs: 2 * leaseMs, outages: parts.outages }),
  ];
}

function unexpected(world: SimWorld, nodes: readonly SimNode[], { complaints: heard }: Listening): Violation[] {
  const all = [
    ...world.escaped,
    ...heard,
    ...nodes.flatMap(({ id, complaints }) => complaints.map((what) => `${id}: ${what}`)),
  ];
  return all.map((what) => ({ invariant: "I14 no error that nobody expects", what }));
}

function figuresOf(world: SimWorld, ops: readonly Op[], faults: number): Figures {
  return {
    commands: ops.length,
    acknowledged: ops.filter(({ result }) => result?.type === "ok").length,
    unknown: ops.filter(({ result }) => result === undefined || result.type === "unknown").length,
    commits: world.ledger.filter(({ stream }) => stream.endsWith("_ev")).length,
    faults,
    virtualMs: Math.round(world.timeline.now),
    events: world.timeline.count,
  };
}
