// Sends commands in the name of a node and writes down what came of them.
import { isRejection } from "@aether/actor";
import { Account, type AccountState } from "./account.ts";
import { type Op, type Result, resultOf, type Wish } from "./history.ts";
import type { SimNode } from "./sim-node.ts";
import type { SimWorld } from "./sim-world.ts";

export interface CallingParts {
  readonly world: SimWorld;
  readonly ops: Op[];
}

const timeoutMs = 4_000;

/** Sends it once, out of the caller's own code. The caller may die, or be paused, before it hears. */
export function send(parts: CallingParts, node: SimNode, wish: Wish): void {
  node.machine?.at(0, () => sendNow(parts, node, wish));
}

function sendNow({ world, ops }: CallingParts, node: SimNode, wish: Wish): void {
  if (node.system === undefined) return;
  const op: Op = {
    ...wish,
    by: node.id,
    sentAt: world.timeline.now,
    toldAt: undefined,
    result: undefined,
    settled: undefined,
  };
  ops.push(op);
  world.trace.tell(node.id, `${wish.id} ${say(wish)}`);
  void outcomeOf(world, node, wish).then((result) => {
    op.toldAt = world.timeline.now;
    op.result = result;
    world.trace.tell(node.id, `${wish.id} ${wish.actor} -> ${sayResult(result)}`);
  });
}

/** Sends it again under its id. */
export function repeat({ world }: CallingParts, node: SimNode, op: Op, done: (result: Result) => void): void {
  world.trace.tell(node.id, `${op.id} again`);
  node.machine?.at(0, () => void repeatNow());

  async function repeatNow(): Promise<void> {
    const result = await outcomeOf(world, node, op);
    world.trace.tell(node.id, `${op.id} ${op.actor} -> ${sayResult(result)} (repeated)`);
    done(result);
  }
}

async function outcomeOf({ escaped }: SimWorld, node: SimNode, wish: Wish): Promise<Result> {
  const { system } = node;
  if (system === undefined) return { type: "unknown", code: "no system" };
  const ref = system.ref(Account, wish.actor).with({ timeoutMs, ...(wish.hasId ? { commandId: wish.id } : {}) });
  const { id, amount, to, kind } = wish;
  try {
    if (kind === "tell") {
      system.ref(Account, wish.actor).tell.add(id, amount);
      return { type: "unknown", code: "told" };
    }
    const asked: Record<Exclude<typeof kind, "tell">, () => Promise<AccountState>> = {
      add: () => ref.ask.add(id, amount),
      addTwice: () => ref.ask.addTwice(id, amount),
      later: () => ref.ask.later(id, amount),
      transfer: () => ref.ask.transfer(id, to, amount),
      overdraw: () => ref.ask.overdraw(id, amount),
      read: () => system.ref(Account, wish.actor).with({ timeoutMs }).ask.read(),
    };
    const state = await asked[kind]();
    if (isState(state)) return { type: "ok", state };
    escaped.push(`${id} (${kind} ${wish.actor}) was answered with ${JSON.stringify(state)}`);
    return { type: "unknown", code: "no state" };
  } catch (error) {
    return isRejection(error) ? { type: "rejected" } : resultOf(error);
  }
}

/** The checks compare what callers were told: an answer of another kind is found here. */
function isState(reply: AccountState | undefined): reply is AccountState {
  return [reply?.balance, reply?.count, reply?.digest].every((part) => typeof part === "number");
}

function say({ kind, actor, to, amount, hasId }: Wish): string {
  const target = kind === "transfer" ? `${actor} -> ${to}` : actor;
  return `${kind} ${target}${kind === "read" ? "" : ` ${amount}`}${hasId ? "" : " (no id)"}`;
}

function sayResult(result: Result): string {
  if (result.type !== "ok") return result.type === "rejected" ? "rejected" : `${result.type} ${result.code}`;
  const { balance, count } = result.state;
  return `ok, balance ${balance} at version ${count}`;
}
