// The rules of one test at work: each call of a store, a link or a bus is held against them, and what was met is kept, so that
// a test can tell a fault that did not happen from one that did no harm.
import type { Scheduler } from "@aether/actor";
import type { EventBus, Transport } from "@aether/cluster";
import { faultyEventBus, faultyEventLog, faultyTransport } from "@aether/cluster/testing";
import type { ActorKey, EventLog, StoreBackend } from "@aether/persistence";
import { faultyBackend, isTakeover, type StoreCall } from "@aether/persistence/testing";
import { checkRule, describeRule, type FaultRule, rangeOf } from "./fault-rule.ts";

/** What a call is about. */
interface Call {
  readonly operation: string;
  readonly node?: string | undefined;
  readonly actor?: ActorKey;
  readonly from?: string;
  readonly to?: string;
}

interface Placed {
  readonly rule: FaultRule;
  /** Calls that it was about. */
  calls: number;
  hasMet: boolean;
}

/** The faults of a running test. */
export interface Faults {
  /** From now on. @returns the function that ends it @throws BadScenario (`TESTING_BAD_SCENARIO`) */
  begin(rule: FaultRule): () => void;
  /** What happened, in order, a line each. */
  readonly met: readonly string[];
  /** Rules that met no call so far. */
  readonly unmet: readonly FaultRule[];
}

/** Puts faults around the parts of a system that a test sets up by itself. */
export interface FaultPlan extends Faults {
  store(backend: StoreBackend, place?: FaultPlace): StoreBackend;
  /** All nodes must have one of the same plan. */
  transport(transport: Transport, place: FaultPlace & { readonly node: string }): Transport;
  eventBus(bus: EventBus, place?: FaultPlace): EventBus;
  /** What an event bus stands on. */
  eventLog(log: EventLog, place?: FaultPlace): EventLog;
}

export interface FaultPlace {
  /** What `node` of a rule is compared with. */
  readonly node?: string;
  /** What `delay` waits by. @default the real time */
  readonly scheduler?: Scheduler;
}

/**
 * Faults for a system of one's own; `given`, `explore` and `localCluster` take the rules themselves.
 * @throws BadScenario (`TESTING_BAD_SCENARIO`) for a rule that cannot be met
 */
export function faultPlan(rules: readonly FaultRule[] = []): FaultPlan {
  const plan = new Plan();
  for (const rule of rules) plan.begin(rule);
  return plan;
}

class Plan implements FaultPlan {
  readonly met: string[] = [];
  readonly #placed = new Set<Placed>();
  /** Ended ones that met nothing stay here. */
  readonly #all: Placed[] = [];

  get unmet(): readonly FaultRule[] {
    return this.#all.filter(({ hasMet }) => !hasMet).map(({ rule }) => rule);
  }

  begin(rule: FaultRule): () => void {
    checkRule(rule);
    const placed: Placed = { rule, calls: 0, hasMet: false };
    this.#placed.add(placed);
    this.#all.push(placed);
    return () => void this.#placed.delete(placed);
  }

  store(backend: StoreBackend, place: FaultPlace = {}): StoreBackend {
    // Without a rule nobody looks into the bytes, which need not be a commit's then.
    const faults = (call: StoreCall): never | undefined =>
      this.#placed.size === 0 ? undefined : this.#decide({ ...named(call), node: place.node });
    return faultyBackend(backend, faults, place);
  }

  transport(transport: Transport, place: FaultPlace & { readonly node: string }): Transport {
    return faultyTransport(transport, (call) => this.#decide(call), place);
  }

  eventBus(bus: EventBus, place: FaultPlace = {}): EventBus {
    return faultyEventBus(bus, (call) => this.#decide({ ...call, node: place.node }), place);
  }

  eventLog(log: EventLog, place: FaultPlace = {}): EventLog {
    return faultyEventLog(log, (call) => this.#decide({ ...call, node: place.node }), place);
  }

  /** A rule says by its `at` which faults it can have, so what it says is one of the asker's. */
  #decide(call: Call): never | undefined {
    let chosen: Placed | undefined;
    for (const placed of this.#placed) {
      if (!isAbout(placed.rule, call)) continue;
      const n = ++placed.calls;
      const [first, last] = rangeOf(placed.rule.nth);
      if (n >= first && n <= last) chosen ??= placed;
    }
    if (chosen === undefined) return undefined;
    chosen.hasMet = true;
    const { operation, actor, from, to } = call;
    const place = actor === undefined ? `from ${from ?? ""} to ${to ?? ""}` : `of ${actor.type}/${actor.id}`;
    this.met.push(`${chosen.rule.fault.type}: ${operation} ${place}`);
    return chosen.rule.fault as never;
  }
}

/** An activation's own commit is told from those of commands, so that these can be counted. */
function named({ operation, actor, bytes }: StoreCall): Call {
  const isTaking = operation === "append" && bytes !== undefined && isTakeover(actor, bytes);
  return { operation: isTaking ? "takeover" : operation, actor };
}

function isAbout(rule: FaultRule, { operation, node, actor, from, to }: Call): boolean {
  if (rule.at !== operation && !(rule.at === "link" && from !== undefined)) return false;
  if ("from" in rule && rule.from !== undefined && rule.from !== from) return false;
  if ("to" in rule && rule.to !== undefined && rule.to !== to) return false;
  if ("node" in rule && rule.node !== undefined && rule.node !== node) return false;
  if (!("actor" in rule) || rule.actor === undefined || actor === undefined) return true;
  return rule.actor === actor.type || rule.actor === `${actor.type}/${actor.id}`;
}

/** What a test is told whose faults did not happen. */
export function unmetMessage(unmet: readonly FaultRule[]): string {
  return `the test met none of these faults: ${unmet.map(describeRule).join("; ")}`;
}
