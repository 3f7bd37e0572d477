// I16: what a turn starts (a timer, work outside) begins once the turn is stored, and once; a turn that was thrown away has
// started nothing. It may be lost with its incarnation, but not always.
import { laterMs } from "../run/account.ts";
import type { Op } from "../run/history.ts";
import type { Standing } from "./log.ts";
import type { Lost } from "./lost.ts";
import type { Violation } from "./violation.ts";

/** Work outside that has begun. */
export interface BegunWork {
  readonly op: string;
  readonly at: number;
}

export interface LaterParts {
  readonly begun: readonly BegunWork[];
  readonly lost: Lost;
}

const invariant = "I16 what a turn starts begins once it is stored, and once";
/** Of so many that were acknowledged some come to their end, whatever happens. */
const enough = 8;
/** Clocks of nodes are a little faster or slower. */
const slowest = 0.99;

type Standings = ReadonlyMap<string, readonly Standing[]>;

export function checkLater(ops: readonly Op[], stored: Standings, { begun, lost }: LaterParts): Violation[] {
  const works = new Map<string, number[]>();
  for (const { op, at } of begun) works.set(op, [...(works.get(op) ?? []), at]);
  const started = ops.filter(({ kind, actor }) => (kind === "later" || kind === "overdraw") && !lost.actors.has(actor));
  const found = started.flatMap((op) => [...onTime(op, stored), ...outsideOf(op, stored, works.get(op.id) ?? [])]);
  const told = started.filter(({ kind, result }) => kind === "later" && result?.type === "ok");
  const never = ["t", "w"].filter((end) => told.length >= enough && !told.some(({ id }) => stored.has(id + end)));
  const silent = never.map(
    (end) => `none of ${told.length} ${end === "t" ? "timers" : "pieces of work"} came to its end`,
  );
  return [...found, ...silent].map((what) => ({ invariant, what }));
}

function onTime({ id, actor, amount, kind }: Op, stored: Standings): string[] {
  const [own] = kind === "later" ? (stored.get(id) ?? []) : [];
  return [["t", laterMs(amount) * slowest] as const, ["w", amount * slowest] as const].flatMap(([end, afterMs]) => {
    const all = stored.get(id + end) ?? [];
    const [first] = all;
    if (first === undefined) return [];
    if (all.length > 1) return [`${id}${end} stands ${all.length} times`];
    if (own === undefined) return [`${id}${end} stands in ${actor}, but the turn that started it does not`];
    if (own.version < first.version && first.storedAt >= own.storedAt + afterMs) return [];
    const waited = (first.storedAt - own.storedAt).toFixed(1);
    return [`${id}${end} was stored ${waited} ms after the turn that started it, not ${afterMs.toFixed(0)}`];
  });
}

function outsideOf({ id, kind }: Op, stored: Standings, begun: readonly number[]): string[] {
  const [first] = begun;
  if (first === undefined) return [];
  const [own] = kind === "later" ? (stored.get(id) ?? []) : [];
  if (begun.length > 1) return [`the work of ${id} began ${begun.length} times`];
  if (own !== undefined && own.storedAt <= first) return [];
  return [`the work of ${id} began at ${first.toFixed(1)} ms, before its turn was stored`];
}
