// What callers were told, against what is stored: I1, I2, I4, I5, I15. One look per command.
import type { Op, OpKind, Result } from "../run/history.ts";
import type { Standing } from "./log.ts";
import type { Violation } from "./violation.ts";

type Standings = ReadonlyMap<string, readonly Standing[]>;

/** The events that a command makes when it is done, by type and by what is behind its id. */
const made: Record<OpKind, readonly (readonly [suffix: string, type: string])[]> = {
  add: [["", "added"]],
  tell: [["", "added"]],
  later: [["", "added"]],
  addTwice: [
    ["a", "added"],
    ["b", "added"],
  ],
  transfer: [
    ["", "received"],
    ["", "sent"],
  ],
  overdraw: [],
  read: [],
};

export function checkCommands(ops: readonly Op[], stored: Standings): Violation[] {
  return ops.flatMap((op) => [...doneOnce(op, stored), ...asTold(op, stored), ...repeated(op)]);
}

function standingsOf(
  op: Op,
  stored: Standings,
): { readonly expected: number; readonly counts: number[]; readonly own: Standing[] } {
  const wanted = made[op.kind];
  const each = wanted.map(([suffix, type]) =>
    (stored.get(op.id + suffix) ?? []).filter(({ event }) => event.type === type),
  );
  const own = each.flat().filter(({ actor }) => actor === op.actor);
  return { expected: wanted.length, counts: each.map((all) => all.length), own };
}

function doneOnce(op: Op, stored: Standings): Violation[] {
  const { counts } = standingsOf(op, stored);
  const strays = op.kind === "overdraw" ? (stored.get(op.id)?.length ?? 0) : 0;
  const found: Violation[] = [];
  if (counts.some((count) => count > 1)) {
    found.push({
      invariant: "I2 no command is done twice",
      what: `${op.id} (${op.kind} ${op.actor}) stands ${counts.join(" and ")} times`,
    });
  }
  if (op.kind === "addTwice" && counts[0] !== counts[1]) {
    found.push({
      invariant: "I1 what was acknowledged is stored once",
      what: `${op.id} stands by half: ${counts.join(" and ")}`,
    });
  }
  if (strays > 0) {
    found.push({
      invariant: "I4 what failed for certain is not stored",
      what: `${op.id} was undone, but stands ${strays} times`,
    });
  }
  return found;
}

function asTold(op: Op, stored: Standings): Violation[] {
  const { counts, own } = standingsOf(op, stored);
  const found: Violation[] = [];
  for (const result of [op.result, op.settled]) {
    if (result?.type === "failed" && counts.some((count) => count > 0)) {
      found.push({
        invariant: "I4 what failed for certain is not stored",
        what: `${op.id} failed with ${result.code}, but is stored`,
      });
    }
    if (result?.type !== "ok") continue;
    if (counts.some((count) => count === 0)) {
      found.push({
        invariant: "I1 what was acknowledged is stored once",
        what: `${op.id} (${op.kind} ${op.actor}) was acknowledged, but stands ${counts.join(" and ")} times`,
      });
    }
  }
  const last = own.at(-1);
  if (op.result?.type === "ok" && op.toldAt !== undefined && last !== undefined && last.storedAt > op.toldAt) {
    const what = `${op.id} was acknowledged at ${op.toldAt.toFixed(3)} ms and stored at ${last.storedAt.toFixed(3)} ms`;
    found.push({ invariant: "I15 nothing is told before it is stored", what });
  }
  return found;
}

function repeated({ id, result, settled }: Op): Violation[] {
  if (settled === undefined || result === undefined || result.type === "unknown") return [];
  if (same(result, settled)) return [];
  return [
    {
      invariant: "I5 a repeat agrees with the first answer",
      what: `${id} got ${say(result)}, its repeat ${say(settled)}`,
    },
  ];
}

function same(a: Result, b: Result): boolean {
  return say(a) === say(b);
}

function say(result: Result): string {
  return JSON.stringify(result);
}
