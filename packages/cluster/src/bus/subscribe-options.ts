// The options of a subscription, their defaults and their check.
import type { From, SubscribeOptions } from "../contracts/event-bus.ts";
import { checkName, Interest } from "./interest.ts";

export interface SettledOptions {
  readonly interest: Interest;
  readonly from: From;
  readonly name: string | undefined;
  readonly checkpointEvery: number;
  readonly checkpointMs: number;
  readonly maxAttempts: number;
  readonly retryMs: number;
  readonly maxParked: number;
  readonly maxWaiting: number;
  readonly maxWaitingBytes: number;
  readonly whenSlow: "catch-up" | "fail";
  readonly onProblem: ((problem: Error) => void) | undefined;
  /** For messages. */
  readonly label: string;
}

type NumberName =
  | "checkpointEvery"
  | "checkpointMs"
  | "maxAttempts"
  | "retryMs"
  | "maxParked"
  | "maxWaiting"
  | "maxWaitingBytes";

const numbers: Readonly<Record<NumberName, number>> = Object.freeze({
  checkpointEvery: 100,
  checkpointMs: 1_000,
  maxAttempts: 5,
  retryMs: 100,
  maxParked: 100,
  maxWaiting: 1_000,
  maxWaitingBytes: 4 * 1024 * 1024,
});
const others = ["actor", "id", "event", "from", "name", "whenSlow", "codec", "onProblem"];
const mostMs = 2_147_483_647;

/** @throws TypeError or RangeError naming the option */
export function settleOptions(options: SubscribeOptions): SettledOptions {
  const names = [...others, ...Object.keys(numbers)];
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`subscribeToEventStored: unknown option "${unknown}"; there are ${names.join(", ")}.`);
  }
  const { from = "new", whenSlow = "catch-up", onProblem } = options;
  const name = options.name === undefined ? undefined : checkName("name", options.name);
  const interest = new Interest(options);
  checkFrom(from);
  if (whenSlow !== "catch-up" && whenSlow !== "fail") {
    throw new TypeError(`subscribeToEventStored: whenSlow is ${String(whenSlow)}; use "catch-up" or "fail".`);
  }
  if (onProblem !== undefined && typeof onProblem !== "function") {
    throw new TypeError("subscribeToEventStored: onProblem is no function.");
  }
  const label =
    name === undefined
      ? `A subscription to ${interest.types?.join(", ") ?? "all types"}`
      : `Subscription ${JSON.stringify(name)}`;
  return { interest, from, name, ...settleNumbers(options), whenSlow, onProblem, label };
}

function settleNumbers(options: SubscribeOptions): Record<NumberName, number> {
  const settled: Record<NumberName, number> = { ...numbers };
  for (const name of Object.keys(numbers) as NumberName[]) {
    const value = options[name] ?? numbers[name];
    if (!Number.isSafeInteger(value) || value < 1 || value > mostMs) {
      throw new RangeError(
        `subscribeToEventStored: ${name} is ${String(value)}; use a whole number from 1 to ${mostMs}.`,
      );
    }
    settled[name] = value;
  }
  return settled;
}

function checkFrom(from: unknown): void {
  if (from === "new" || from === "start" || isPosition(from)) return;
  if (Array.isArray(from) && from.every(isPosition)) return;
  const isTime = typeof from === "object" && from !== null && "toISOString" in from && "getTime" in from;
  if (isTime && Number.isFinite((from as { getTime(): number }).getTime())) return;
  throw new RangeError(
    `subscribeToEventStored: from is ${String(from)}; use "new", "start", a position, a list of positions, or a Date.`,
  );
}

function isPosition(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
