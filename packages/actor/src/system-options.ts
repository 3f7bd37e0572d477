// What a system may be told when it is made, and the defaults.
import type { Logger } from "pino";
import type { ActorClass } from "./actor-class.ts";
import { type ActorOptions, actorOptionNames, checkActorOptions } from "./actor-options.ts";
import { checkType } from "./address.ts";
import type { Clock } from "./clock.ts";
import { type Hosting, refuseUnknown } from "./hosted-type.ts";
import type { Plugin } from "./plugin.ts";
import type { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";
import { describe, shown } from "./shown.ts";

/** What stands among the actor options holds for all hosted classes that say nothing of it themselves. */
export interface SystemOptions extends ActorOptions {
  /** Names the system in logs and, in a cluster, in the store: a letter, then letters, digits, `_` or `-`. */
  readonly name: string;
  /** What this process hosts: classes, or classes with options from `host`. @default none */
  readonly actors?: readonly (ActorClass | Hosting)[];
  readonly plugins?: readonly Plugin[];
  /** For asks and tells without a timeout of their own, in milliseconds. @default 5,000 */
  readonly askTimeoutMs?: number;
  /** How long `stop` waits for the actors to leave, and for each plugin to drain and to close, in milliseconds. @default 10,000 */
  readonly stopTimeoutMs?: number;
  /** Dead letters that are kept; 0 keeps none. @default 1,000 */
  readonly deadLetterCapacity?: number;
  /**
   * Messages and replies between actors of this process go through the codec, as they would between nodes: what would not
   * survive the way is refused here too. For tests and development. @default false
   */
  readonly simulateRemote?: boolean;
  /** A pino logger, or `false` for silence. @default JSON lines on standard error, level `info` */
  readonly log?: Logger | false;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly scheduler?: Scheduler;
}

export const systemDefaults: Readonly<{ askTimeoutMs: number; stopTimeoutMs: number; deadLetterCapacity: number }> =
  Object.freeze({ askTimeoutMs: 5_000, stopTimeoutMs: 10_000, deadLetterCapacity: 1_000 });
const optionNames: readonly string[] = [
  "name",
  "actors",
  "plugins",
  "askTimeoutMs",
  "stopTimeoutMs",
  "deadLetterCapacity",
  "simulateRemote",
  "log",
  "clock",
  "random",
  "scheduler",
  ...actorOptionNames,
] satisfies (keyof SystemOptions)[];

/** @throws TypeError or RangeError naming option, value and range */
export function checkSystemOptions(options: SystemOptions): void {
  if (typeof options !== "object" || options === null)
    throw new TypeError("createSystem: give it options, at least a name.");
  refuseUnknown("createSystem", options, optionNames);
  try {
    checkType(options.name, "createSystem");
  } catch {
    throw new TypeError(
      `createSystem: name is ${JSON.stringify(options.name)}; use a letter, then letters, digits, "_" or "-".`,
    );
  }
  checkForms(options);
  checkActorOptions("createSystem", options);
  const { askTimeoutMs = 1, stopTimeoutMs = 1, deadLetterCapacity = 0 } = options;
  checkRange("askTimeoutMs", askTimeoutMs, isDuration(askTimeoutMs));
  checkRange("stopTimeoutMs", stopTimeoutMs, isDuration(stopTimeoutMs));
  const isCount = Number.isInteger(deadLetterCapacity) && deadLetterCapacity >= 0;
  checkRange("deadLetterCapacity", deadLetterCapacity, isCount && deadLetterCapacity <= 1_000_000);
}

const methods = {
  clock: ["now", "wall"],
  random: ["next"],
  scheduler: ["microtask", "yield", "after", "every"],
  log: ["child", "bindings", "isLevelEnabled"],
} satisfies Partial<Record<keyof SystemOptions, readonly string[]>>;

/** @throws TypeError for what is no list, no flag, or lacks the methods of its port */
function checkForms(options: SystemOptions): void {
  for (const name of ["actors", "plugins"] as const) {
    if (options[name] !== undefined && !Array.isArray(options[name])) refuseForm(name, options[name], "a list");
  }
  const { simulateRemote = false } = options;
  if (typeof simulateRemote !== "boolean") refuseForm("simulateRemote", simulateRemote, "true or false");
  for (const [name, needed] of Object.entries(methods)) {
    const given: unknown = options[name as keyof typeof methods];
    if (given === undefined || (name === "log" && given === false)) continue;
    const lacks = needed.find((method) => typeof (given as Record<string, unknown> | null)?.[method] !== "function");
    if (lacks === undefined) continue;
    refuseForm(name, given, name === "log" ? "a pino logger, or false" : `an object with ${needed.join("(), ")}()`);
  }
}

function refuseForm(option: string, given: unknown, use: string): never {
  throw new TypeError(`createSystem: ${option} is ${describe(given)}; use ${use}.`);
}

/** A string of digits compares like a number, and adds up like a string. */
function isDuration(value: unknown): boolean {
  return typeof value === "number" && value > 0 && value <= 3_600_000;
}

function checkRange(option: string, value: unknown, isInRange: boolean): void {
  if (isInRange) return;
  const range = option.endsWith("Ms") ? "more than 0 and at most 3,600,000" : "a whole number from 0 to 1,000,000";
  throw new RangeError(`createSystem: ${option} is ${shown(value)}; use ${range}.`);
}
