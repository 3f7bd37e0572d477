// What the callers of one run want: drawn before it begins, so that it does not depend on what happens.
import type { OpKind, Wish } from "./history.ts";

/** A wish, when it is sent, and by which caller. */
export interface Planned extends Wish {
  readonly at: number;
  readonly caller: number;
}

export interface WorkloadOptions {
  readonly random: () => number;
  readonly actors: number;
  readonly commands: number;
  readonly callers: number;
  readonly from: number;
  readonly to: number;
}

const kinds: readonly (readonly [OpKind, number])[] = [
  ["add", 0.39],
  ["later", 0.06],
  ["transfer", 0.15],
  ["read", 0.2],
  ["tell", 0.08],
  ["addTwice", 0.08],
  ["overdraw", 0.04],
];

const newShare = 0.15;
const burstShare = 0.65;
const quietMs = 1_700;

export function drawWorkload({ random, actors, commands, callers, from, to }: WorkloadOptions): Planned[] {
  const planned: Planned[] = [];
  // Bursts, so that turns pile up behind commits and callers meet on one actor.
  let at = from;
  const step = (to - from) / commands;
  for (let i = 0; i < commands; i++) {
    at = random() < burstShare ? at : from + i * step + random() * step;
    // Some are hot, and all along some are new: a first commit is a case of its own.
    const isNew = random() < newShare;
    const actor = Math.floor(isNew ? (random() * 0.75 + 0.25) * actors : random() ** 2 * (actors / 2));
    const drawn = drawKind(random());
    const kind = isQuiet(actor, at - from) ? "read" : drawn;
    planned.push({
      id: `c${i + 1}`,
      kind: kind === "transfer" && actor === actors - 1 ? "add" : kind,
      actor: nameOf(actor),
      // Upwards only: two accounts that wait for each other would wait for their deadlines.
      to: nameOf(actor + 1 + Math.floor(random() * (actors - 1 - actor))),
      amount: 1 + Math.floor(random() * 9),
      hasId: random() < 0.6,
      at,
      caller: Math.floor(random() * callers),
    });
  }
  return planned;
}

/** For a while nobody changes an account, and whoever has an old state of it can show that. */
function isQuiet(actor: number, at: number): boolean {
  return (Math.floor(at / quietMs) + actor) % 4 === 0;
}

export function nameOf(actor: number): string {
  return `a${actor}`;
}

function drawKind(chance: number): OpKind {
  let sum = 0;
  for (const [kind, share] of kinds) {
    sum += share;
    if (chance < sum) return kind;
  }
  return "add";
}
