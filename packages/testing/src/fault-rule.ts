// How a test says what goes wrong, the same way for stores, for the link between nodes and for the event bus: where, which
// of the calls there, and what.
import type { HandleFault, LinkFault, LinkOperation, TellFault } from "@aether/cluster/testing";
import type { Fault, StoreOperation } from "@aether/persistence/testing";
import { BadScenario } from "./errors.ts";

interface Which {
  /** The nth call that the rule is about, from 1, or the first and the last of several. @default all */
  readonly nth?: number | readonly [first: number, last: number];
}

interface AboutActor extends Which {
  /** Calls for this actor, such as `account/alice`, or for all of a type, such as `account`. @default all */
  readonly actor?: string;
  /** Calls of this node. @default all */
  readonly node?: string;
}

type Of<F extends { readonly type: string }, Type extends F["type"]> = Extract<F, { readonly type: Type }>;

type AnywhereInStore = Of<Fault, "throw-before" | "throw-after" | "wait" | "delay">;

/**
 * A call of the event store or the snapshot store. `append` stores what commands did; `takeover` is the commit without events
 * by which an activation makes sure that no other writer is left.
 */
export type StoreFaultRule = AboutActor &
  (
    | { readonly at: StoreOperation | "takeover"; readonly fault: AnywhereInStore }
    | { readonly at: "append" | "takeover" | "save"; readonly fault: Of<Fault, "rejected" | "conflict"> }
    | { readonly at: "head" | "read" | "load"; readonly fault: Of<Fault, "corrupt" | "stale"> }
  );

/** A message from node to node; `link` stands for all of them. */
export interface LinkFaultRule extends Which {
  readonly at: LinkOperation | "link";
  readonly from?: string;
  readonly to?: string;
  readonly fault: LinkFault;
}

/** A commit on its way to the event bus of a node (`tell`), or an event on its way to a handler (`handle`). */
export type BusFaultRule = AboutActor &
  ({ readonly at: "tell"; readonly fault: TellFault } | { readonly at: "handle"; readonly fault: HandleFault });

/** Something that goes wrong. Of two rules about one call the first one counts. */
export type FaultRule = StoreFaultRule | LinkFaultRule | BusFaultRule;

const anywhere = ["throw-before", "throw-after", "wait", "delay"];
const answered = [...anywhere, "rejected", "conflict"];
const read = [...anywhere, "corrupt", "stale"];
const carried = ["lose", "duplicate", "wait", "delay"];

const faultsAt: Readonly<Record<FaultRule["at"], readonly string[]>> = {
  head: read,
  read,
  load: read,
  append: answered,
  takeover: answered,
  save: answered,
  truncate: anywhere,
  frame: carried,
  probe: carried,
  beat: carried,
  link: carried,
  tell: [...carried, "disconnect"],
  handle: ["throw-before", "throw-after", "duplicate", "wait", "delay"],
};

const links: readonly string[] = ["frame", "probe", "beat", "link"];

/** @throws BadScenario (`TESTING_BAD_SCENARIO`) for a rule that nothing would ever meet */
export function checkRule(rule: FaultRule): void {
  const { at, nth, fault } = rule;
  const faults = Object.hasOwn(faultsAt, at) ? faultsAt[at] : undefined;
  if (faults === undefined) {
    throw new BadScenario(`faults: there is no at "${at as string}"; there are ${Object.keys(faultsAt).join(", ")}.`);
  }
  const names = ["at", "nth", "fault", ...(links.includes(at) ? ["from", "to"] : ["actor", "node"])];
  const unknown = Object.keys(rule).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new BadScenario(`faults: at "${at}" there is no "${unknown}"; there are ${names.join(", ")}.`);
  }
  checkFault(at, fault);
  const [first, last] = rangeOf(nth);
  if (!(Number.isInteger(first) && first >= 1 && last >= first)) {
    throw new BadScenario(`faults: nth is ${JSON.stringify(nth)}; use a number from 1, or [first, last].`);
  }
}

type FaultField = "reason" | "change" | "until" | "ms" | "next";

/** Besides `type`; those of the second list may be left out. */
const fieldsOf: Readonly<Record<string, readonly [needed: readonly FaultField[], others: readonly FaultField[]]>> = {
  rejected: [[], ["reason"]],
  corrupt: [["change"], []],
  wait: [["until"], ["next"]],
  delay: [["ms"], ["next"]],
  disconnect: [["ms"], []],
};

/** What a field must be, for people, and the test of it. */
const fieldTypes: Readonly<Record<Exclude<FaultField, "next">, readonly [string, (value: unknown) => boolean]>> = {
  reason: ["a string", (value) => typeof value === "string"],
  change: ["a function of what is stored", (value) => typeof value === "function"],
  until: ["a promise", (value) => typeof (value as { then?: unknown } | undefined)?.then === "function"],
  ms: ["a number of milliseconds from 0", (value) => Number.isFinite(value) && (value as number) >= 0],
};

/** What nobody reads would be a fault that is not the one that was meant. */
function checkFault(at: FaultRule["at"], fault: object): void {
  const { type, ...fields } = (fault ?? {}) as { readonly type: string } & Record<string, unknown>;
  const faults = faultsAt[at];
  if (!faults.includes(type)) {
    throw new BadScenario(
      `faults: at "${at}" the fault is ${JSON.stringify(fault)}; use { type: … } with ${faults.join(", ")}.`,
    );
  }
  const [needed, others] = fieldsOf[type] ?? [[], []];
  const known = [...needed, ...others.filter((name) => name !== "next" || isStoreCall(at))];
  const unknown = Object.keys(fields).find((name) => !known.includes(name as FaultField));
  if (unknown !== undefined) {
    throw new BadScenario(`faults: "${type}" has no "${unknown}"; there are ${["type", ...known].join(", ")}.`);
  }
  const given = known.filter((name) => needed.includes(name) || fields[name] !== undefined);
  for (const name of given) checkField(at, [type, name], fields[name]);
}

function checkField(at: FaultRule["at"], [type, name]: readonly [string, FaultField], value: unknown): void {
  if (name === "next") return checkFault(at, value as object);
  const [wanted, isRight] = fieldTypes[name];
  if (isRight(value)) return;
  throw new BadScenario(`faults: ${name} of "${type}" is ${JSON.stringify(value) ?? typeof value}; use ${wanted}.`);
}

function isStoreCall(at: FaultRule["at"]): boolean {
  return faultsAt[at] === answered || faultsAt[at] === read || faultsAt[at] === anywhere;
}

export function rangeOf(nth: FaultRule["nth"]): readonly [first: number, last: number] {
  if (nth === undefined) return [1, Number.POSITIVE_INFINITY];
  return typeof nth === "number" ? [nth, nth] : nth;
}

/** For people. */
export function describeRule(rule: FaultRule): string {
  const { at, nth, fault, ...which } = rule;
  const [first, last] = rangeOf(nth);
  const count = nth === undefined ? "" : ` ${first === last ? first : `${first} to ${last}`}`;
  const about = Object.entries(which).map(([name, value]) => ` ${name} ${value}`);
  return `${fault.type} at ${at}${count}${about.join("")}`;
}
