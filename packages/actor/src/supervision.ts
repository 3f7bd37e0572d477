// What becomes of an actor whose handler threw: the policy, and the count that keeps a broken actor from restarting for
// ever. Restart intensity as in Erlang's supervisors (OTP design principles, "Maximum Restart Intensity").
import type { Random } from "./random.ts";
import { shown } from "./shown.ts";

/**
 * `restart`: a fresh object takes over, the mailbox is kept. `resume`: the object goes on (volatile actors only). `stop`:
 * it leaves memory, what waits is refused. `escalate`: it stops, and its parent fails in its place.
 */
export type Directive = "restart" | "resume" | "stop" | "escalate";

/** Per class (`static readonly supervision`), per node (`host`), per child (`ctx.spawn`) or per system. */
export interface Supervision {
  /** One directive for all failures, or the choice for each. @default "restart" */
  readonly onFailure?: Directive | ((error: unknown) => Directive);
  /** Restarts within `withinMs`; the next failure escalates. 0: every failure does. @default 10 */
  readonly maxRestarts?: number;
  /** @default 10,000 */
  readonly withinMs?: number;
  /** How long the first restart of a window waits, in milliseconds; each further one waits twice as long. @default 0 */
  readonly minBackoffMs?: number;
  /** @default 30,000 */
  readonly maxBackoffMs?: number;
  /** The share by which a wait is longer or shorter by chance, 0 to 1. @default 0.2 */
  readonly jitter?: number;
  /** How often a message whose handler threw is tried again before it is answered with the error. @default 0 */
  readonly retries?: number;
}

export type SupervisionPolicy = Required<Supervision>;

const defaults: SupervisionPolicy = Object.freeze({
  onFailure: "restart",
  maxRestarts: 10,
  withinMs: 10_000,
  minBackoffMs: 0,
  maxBackoffMs: 30_000,
  jitter: 0.2,
  retries: 0,
});
const directives: readonly unknown[] = ["restart", "resume", "stop", "escalate"] satisfies Directive[];
type Range = readonly [min: number, max: number, isWhole?: boolean];
const ranges: Readonly<Record<Exclude<keyof Supervision, "onFailure">, Range>> = {
  maxRestarts: [0, 10_000, true],
  withinMs: [1, 86_400_000],
  minBackoffMs: [0, 3_600_000],
  maxBackoffMs: [0, 3_600_000],
  jitter: [0, 1],
  retries: [0, 1_000, true],
};

/**
 * @param owner named in errors
 * @throws TypeError for an unknown option or directive, RangeError for one out of range
 */
export function createPolicy(owner: string, given: Supervision | undefined, isDurable: boolean): SupervisionPolicy {
  if (given === undefined) return defaults;
  if (typeof given !== "object" || given === null)
    throw new TypeError(`${owner}: supervision is an object of options.`);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(defaults, name)) {
      const known = Object.keys(defaults).join(", ");
      throw new TypeError(`${owner}: unknown supervision option "${name}"; there are ${known}.`);
    }
  }
  const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const policy: SupervisionPolicy = { ...defaults, ...chosen };
  checkRanges(owner, policy);
  const { onFailure } = policy;
  if (typeof onFailure !== "function" && !directives.includes(onFailure)) {
    throw new TypeError(
      `${owner}: supervision.onFailure is ${JSON.stringify(onFailure)}; use ${directives.join(", ")}.`,
    );
  }
  if (isDurable && onFailure === "resume") {
    throw new TypeError(`${owner}: "resume" would keep a state that was never stored; durable actors restart.`);
  }
  return policy;
}

function checkRanges(owner: string, policy: SupervisionPolicy): void {
  for (const [name, [min, max, isWhole]] of Object.entries(ranges)) {
    const value = policy[name as keyof typeof ranges];
    const isInRange = typeof value === "number" && value >= min && value <= max;
    if (isInRange && (isWhole !== true || Number.isInteger(value))) continue;
    const range = isWhole === true ? `a whole number from ${min} to ${max}` : `${min} to ${max}`;
    throw new RangeError(`${owner}: supervision.${name} is ${shown(value)}; use ${range}.`);
  }
  const { minBackoffMs, maxBackoffMs } = policy;
  if (minBackoffMs <= maxBackoffMs) return;
  throw new RangeError(
    `${owner}: supervision.minBackoffMs is ${minBackoffMs}; use at most maxBackoffMs, ${maxBackoffMs}.`,
  );
}

/** What the policy says to a failure. A choice that fails itself, or makes no sense, is a restart. */
export function directiveFor({ onFailure }: SupervisionPolicy, error: unknown, isDurable: boolean): Directive {
  if (typeof onFailure !== "function") return onFailure;
  try {
    const chosen = onFailure(error);
    return directives.includes(chosen) && !(isDurable && chosen === "resume") ? chosen : "restart";
  } catch {
    return "restart";
  }
}

/** The failures of one actor of late: made with the first of them. */
export class FailureRecord {
  #restarts: number[] = [];
  /** The message that failed last and is to be tried again, and how often it was. */
  retried: object | undefined;
  retries = 0;
  error: unknown;

  /** Notes one more restart. @returns how many there were within the window, this one included */
  noteRestart(now: number, { withinMs }: SupervisionPolicy): number {
    this.#restarts = this.#restarts.filter((at) => at > now - withinMs);
    return this.#restarts.push(now);
  }

  /** Whether the message may be tried once more; it is counted. */
  mayRetry(message: object, error: unknown, { retries }: SupervisionPolicy): boolean {
    this.error = error;
    if (this.retried !== message) {
      this.retried = message;
      this.retries = 0;
    }
    if (this.retries >= retries) {
      this.retried = undefined;
      return false;
    }
    this.retries++;
    return true;
  }
}

/** The wait before the n-th restart of a window (from 1), in milliseconds. */
export function backoffMs(policy: SupervisionPolicy, restarts: number, random: Random): number {
  const { minBackoffMs, maxBackoffMs, jitter } = policy;
  const full = Math.min(maxBackoffMs, minBackoffMs * 2 ** Math.min(restarts - 1, 40));
  return full * (1 + jitter * (2 * random.next() - 1));
}
