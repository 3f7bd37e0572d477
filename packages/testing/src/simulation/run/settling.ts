// The quiet after the faults: whoever does not know what became of a command repeats it, and everybody reads every account.
// I13: all of that has to succeed in time.
import type { Violation } from "../check/violation.ts";
import { repeat, send } from "./calling.ts";
import type { Op, Result } from "./history.ts";
import type { Listening } from "./listening.ts";
import type { SimNode } from "./sim-node.ts";
import type { SimWorld } from "./sim-world.ts";

export interface SettlingParts {
  readonly world: SimWorld;
  readonly ops: Op[];
  readonly callers: readonly SimNode[];
  readonly listening: Listening;
  readonly withinMs: number;
}

const retryMs = 300;

export function settle(parts: SettlingParts): Violation[] {
  const { world, ops, callers, listening, withinMs } = parts;
  const until = world.timeline.now + withinMs;
  world.run(until, () => callers.every(({ isUp }) => isUp));
  const open = ops.filter(({ hasId, kind, result }) => hasId && isOpen(kind, result));
  // Also some whose answer is known: a repeat of those gets the same one.
  const answered = ops.filter(
    ({ hasId, kind, result }, i) => hasId && i % 5 === 0 && kind !== "read" && result?.type === "ok",
  );
  let left = 0;
  for (const op of [...open, ...answered]) {
    left++;
    repeatUntilKnown(world, { callers, op, done: () => left-- });
  }
  const actors = [...new Set(ops.map(({ actor }) => actor))];
  const unread = new Set(actors);
  for (const [i, actor] of actors.entries()) {
    readUntilKnown(parts, { actor, caller: i, attempt: 1, done: () => unread.delete(actor) });
  }
  world.run(until, () => left === 0 && unread.size === 0 && listening.isQuiet);
  const late = [...open, ...answered].filter(({ settled }) => settled === undefined);
  const violations: Violation[] = late.map(({ id, kind, actor, by, result }) => ({
    invariant: "I13 all is well again soon after the last fault",
    what: `${id} (${kind} ${actor}, by ${by}) has no answer ${withinMs} ms after the last fault; last: ${JSON.stringify(result)}`,
  }));
  for (const actor of unread) {
    const what = `${actor} cannot be read ${withinMs} ms after the last fault`;
    violations.push({ invariant: "I13 all is well again soon after the last fault", what });
  }
  for (const { id, isUp } of callers) {
    if (!isUp)
      violations.push({ invariant: "I13 all is well again soon after the last fault", what: `${id} is not up` });
  }
  return violations;
}

/** A node is lost for good, without a word: the others have what it had, within a lease and two seconds. */
export function survive(parts: SettlingParts, lost: SimNode): Violation[] {
  const { world, ops, callers, listening, withinMs } = parts;
  const until = world.timeline.now + withinMs;
  lost.kill("silent");
  const [client] = callers as [SimNode];
  const unread = new Set(ops.map(({ actor }) => actor));
  const reading = { world, ops, callers: [client], listening, withinMs };
  for (const actor of unread)
    readUntilKnown(reading, { actor, caller: 0, attempt: 1_001, done: () => unread.delete(actor) });
  world.run(until, () => unread.size === 0);
  return [...unread].map((actor) => ({
    invariant: "I13 all is well again soon after the last fault",
    what: `${actor} cannot be read ${withinMs} ms after ${lost.id} was lost`,
  }));
}

function isOpen(kind: Op["kind"], result: Result | undefined): boolean {
  return kind !== "read" && kind !== "tell" && (result === undefined || result.type === "unknown");
}

interface Repeated {
  readonly callers: readonly SimNode[];
  readonly op: Op;
  readonly done: () => void;
}

function repeatUntilKnown(world: SimWorld, repeated: Repeated): void {
  const { callers, op, done } = repeated;
  const caller = callers.find(({ id, isUp }) => isUp && id === op.by) ?? callers[0];
  if (caller?.isUp !== true) return void world.timeline.after(retryMs, () => repeatUntilKnown(world, repeated));
  repeat({ world, ops: [] }, caller, op, (result) => {
    if (result.type === "unknown") return void world.timeline.after(retryMs, () => repeatUntilKnown(world, repeated));
    op.settled = result;
    done();
  });
}

interface Reading {
  readonly actor: string;
  readonly caller: number;
  readonly attempt: number;
  readonly done: () => void;
}

function readUntilKnown(parts: SettlingParts, reading: Reading): void {
  const { world, ops, callers } = parts;
  const { actor, caller, attempt, done } = reading;
  const id = `${actor}-read-${attempt}`;
  const node = callers[caller % callers.length] as SimNode;
  if (node.isUp) send({ world, ops }, node, { id, kind: "read", actor, to: actor, amount: 0, hasId: false });
  const look = (): void => {
    const read = ops.findLast((op) => op.id === id);
    if (read?.result?.type === "ok") return done();
    if (read !== undefined && read.result === undefined) return void world.timeline.after(retryMs / 10, look);
    world.timeline.after(retryMs, () => readUntilKnown(parts, { ...reading, attempt: attempt + 1 }));
  };
  world.timeline.after(retryMs / 10, look);
}
