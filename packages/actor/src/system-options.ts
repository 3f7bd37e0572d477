// What a system may be told when it is made, and the defaults.
import type { Logger } from "pino";
import type { ActorClass } from "./actor-class.ts";
import { type ActorOptions, actorOptionNames } from "./actor-options.ts";
import { checkType } from "./address.ts";
import type { Clock } from "./clock.ts";
import { type Hosting, refuseUnknown } from "./hosted-type.ts";
import type { Plugin } from "./plugin.ts";
import type { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";

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
  const { askTimeoutMs = 1, stopTimeoutMs = 1, deadLetterCapacity = 0 } = options;
  checkRange("askTimeoutMs", askTimeoutMs, askTimeoutMs > 0 && askTimeoutMs <= 3_600_000);
  checkRange("stopTimeoutMs", stopTimeoutMs, stopTimeoutMs > 0 && stopTimeoutMs <= 3_600_000);
  const isCount = Number.isInteger(deadLetterCapacity) && deadLetterCapacity >= 0;
  checkRange("deadLetterCapacity", deadLetterCapacity, isCount && deadLetterCapacity <= 1_000_000);
}

function checkRange(option: string, value: number, isInRange: boolean): void {
  if (isInRange) return;
  const range = option.endsWith("Ms") ? "more than 0 and at most 3,600,000" : "a whole number from 0 to 1,000,000";
  throw new RangeError(`createSystem: ${option} is ${value}; use ${range}.`);
}
