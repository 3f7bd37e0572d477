// What may be chosen for the actors of a class, and who chooses: options of `host` (or `ctx.spawn`), then statics of the
// class, then options of the system, then the defaults.
import type { ClassInfo } from "./actor-class.ts";
import { createPolicy, type Supervision, type SupervisionPolicy } from "./supervision.ts";
import { shown } from "./shown.ts";

export interface ActorOptions {
  /** Messages that may wait for one actor. @default 10,000 */
  readonly mailboxCapacity?: number;
  /** An actor that was sent nothing for this long, 1 ms or more, leaves memory; `Infinity`: never. @default 600,000 for durable actors, never for volatile ones */
  readonly idleMs?: number;
  /** Actors of the class in memory; past it, the one that was busy longest ago leaves. @default no limit */
  readonly maxResident?: number;
  /** How long `create`, `onStart`, `onPassivate` and `onStop` may each take. @default 30,000 */
  readonly hookTimeoutMs?: number;
  /** What becomes of an actor whose handler threw. @default restart, ten times in ten seconds at most */
  readonly supervision?: Supervision;
}

export type SettledOptions = Required<Omit<ActorOptions, "supervision">> & { readonly supervision: SupervisionPolicy };

const never = Number.POSITIVE_INFINITY;
const defaults = Object.freeze({ mailboxCapacity: 10_000, idleMs: never, maxResident: never, hookTimeoutMs: 30_000 });
const durableIdleMs = 600_000;
/** The longest that Node's timers can wait: they take more for 1 ms. */
export const maxMs = 2_147_483_647;

export const actorOptionNames: readonly (keyof ActorOptions)[] = [
  "mailboxCapacity",
  "idleMs",
  "maxResident",
  "hookTimeoutMs",
  "supervision",
];

/** @throws TypeError or RangeError naming option, value and range. */
export function settleOptions(
  { actorClass, base }: ClassInfo,
  hostOptions: ActorOptions,
  systemOptions: ActorOptions,
): SettledOptions {
  const isDurable = base.durability !== undefined;
  const levels = [hostOptions, actorClass as unknown as ActorOptions, systemOptions];
  const chosen = <K extends keyof ActorOptions>(name: K): ActorOptions[K] | undefined =>
    levels.find((level) => level[name] !== undefined)?.[name];
  return settle(actorClass.name, chosen, isDurable);
}

/** Also where no class takes them up. @throws TypeError or RangeError naming option, value and range. */
export function checkActorOptions(owner: string, options: ActorOptions): void {
  settle(owner, (name) => options[name], false);
}

function settle(
  owner: string,
  chosen: <K extends keyof ActorOptions>(name: K) => ActorOptions[K] | undefined,
  isDurable: boolean,
): SettledOptions {
  const idleMs = chosen("idleMs") ?? (isDurable ? durableIdleMs : defaults.idleMs);
  return {
    mailboxCapacity: checkCount(owner, "mailboxCapacity", chosen("mailboxCapacity") ?? defaults.mailboxCapacity),
    maxResident: checkCount(owner, "maxResident", chosen("maxResident") ?? defaults.maxResident),
    idleMs: checkMs(owner, "idleMs", idleMs, 1),
    hookTimeoutMs: checkMs(owner, "hookTimeoutMs", chosen("hookTimeoutMs") ?? defaults.hookTimeoutMs),
    supervision: createPolicy(owner, chosen("supervision"), isDurable),
  };
}

function checkCount(owner: string, option: string, value: number): number {
  if (value === never || (Number.isInteger(value) && value >= 1)) return value;
  throw new RangeError(`${owner}: ${option} is ${shown(value)}; use a whole number from 1.`);
}

/** @param min 0 stands for anything above it */
function checkMs(owner: string, option: string, value: number, min = 0): number {
  if (typeof value === "number" && value > 0 && value >= min && (value <= maxMs || value === never)) return value;
  const from = min === 0 ? "more than 0" : `${min}`;
  throw new RangeError(`${owner}: ${option} is ${shown(value)}; use ${from} to ${maxMs} milliseconds, or Infinity.`);
}
