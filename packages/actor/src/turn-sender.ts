// What a turn sends: tells wait for its end, an ask leaves the cell at its call, behind the tells before it. Both go
// through the gate, at the version that they have seen.
import { Ask } from "./ask.ts";
import {
  anonymous,
  chosenCommand,
  type CommandIdentity,
  deadlineOf,
  detachArguments,
  encodedArguments,
  headersOf,
  newCommand,
} from "./asking.ts";
import type { Agenda } from "./agenda.ts";
import type { Cell } from "./cell.ts";
import { nestedCommandId } from "./command-id.ts";
import { depart, letGo } from "./effects.ts";
import { type Arguments, type Envelope, isAsk, noChain, PlainTell } from "./envelope.ts";
import { AskBeforeDurable, AskTimeout, ReentrantAsk } from "./errors.ts";
import type { Target } from "./ref.ts";

/** The cell has an open turn. */
export function tellFrom(cell: Cell, target: Target, command: string, args: Arguments): void {
  const { kernel } = cell;
  const agenda = cell.agenda as Agenda;
  const open = agenda.envelope as Envelope;
  if (target.options?.signal?.aborted === true) return;
  const isPlain = cell.hosted.isPlain === true && target.info.isVolatile;
  const detached = isPlain ? args : detach(cell, command, args);
  const deadline = deadlineOf(kernel, target, kernel.dispatcher.coarseNow());
  if (target.options === undefined && open.commandId === undefined) {
    const tell = new PlainTell(target.place, command, detached, deadline);
    tell.sender = cell;
    return agenda.addTell(tell);
  }
  const { id, answeredBelow } = identify(cell, open, target, "tell");
  agenda.add({
    to: target.address,
    command,
    args: detached,
    deadline,
    reply: undefined,
    sender: cell,
    commandId: id,
    answeredBelow,
    chain: noChain,
    headers: headersOf(target),
    next: undefined,
    ...(target.options?.timeoutMs === undefined ? {} : { expires: true }),
  });
}

/** The cell has an open turn. @throws ReentrantAsk (`ACTOR_REENTRANT`), AskBeforeDurable (`ACTOR_ASK_BEFORE_DURABLE`) */
export function askFrom(cell: Cell, target: Target, command: string, args: Arguments): Promise<unknown> {
  const { kernel } = cell;
  const open = cell.envelope as Envelope;
  const chain = chainFor(cell, open, target, command);
  if (cell.durable?.hasUnsealedChanges === true) throw new AskBeforeDurable(cell.address.toString(), command);
  letGo(cell, open);
  if (isAsk(open) && open.deadline <= kernel.clock.now()) {
    return Promise.reject(new AskTimeout(target.address.toString(), command, 0));
  }
  const isPlain = cell.hosted.isPlain === true && target.info.isVolatile;
  const detached = isPlain ? args : detach(cell, command, args);
  const ask = new Ask(kernel, target, [command, detached], identify(cell, open, target, "ask"));
  if (isAsk(open)) ask.deadline = Math.min(ask.deadline, open.deadline);
  ask.sender = cell;
  ask.chain = chain;
  const answer = ask.begin(target.options?.signal);
  if (!ask.isSettled) depart(cell, open, ask);
  return answer;
}

/** Who waits for the answer, this actor included. */
function chainFor(cell: Cell, open: Envelope, target: Target, command: string): readonly string[] {
  const chain = [...open.chain, cell.address.toString()];
  const to = target.address.toString();
  if (chain.includes(to)) throw new ReentrantAsk([...chain, to], command);
  return chain;
}

/** References are as safe as in any call where no gate can be shut and nothing becomes history. */
function detach(cell: Cell, command: string, args: Arguments): Arguments {
  return cell.kernel.simulateRemote ? encodedArguments(args, command) : detachArguments(args, command);
}

/** (parent, ordinal), so that a turn that runs again sends the same ids. An ask of a parent without id starts anew. */
function identify(
  cell: Cell,
  { commandId, answeredBelow }: Envelope,
  target: Target,
  kind: "ask" | "tell",
): CommandIdentity {
  const chosen = chosenCommand(target);
  if (chosen !== undefined) return chosen;
  if (commandId !== undefined) {
    return { id: nestedCommandId(commandId, ++(cell.agenda as Agenda).nestedCalls, kind), n: 0, answeredBelow };
  }
  if (kind === "tell" || target.info.isVolatile) return anonymous;
  return newCommand(cell.kernel);
}
