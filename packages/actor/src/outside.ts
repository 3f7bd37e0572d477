// The world outside a system: who sends through refs that `system.ref` made.
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
import { type Arguments, type Envelope, noChain, PlainTell } from "./envelope.ts";
import { SystemStopped } from "./errors.ts";
import { type Kernel, send } from "./kernel.ts";
import type { Sender, Target } from "./ref.ts";

export class Outside implements Sender {
  isStopped = false;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  ask(target: Target, command: string, args: Arguments): Promise<unknown> {
    const kernel = this.#kernel;
    if (this.isStopped) return Promise.reject(new SystemStopped(kernel.name));
    if (kernel.dispatcher.current !== undefined) refuseInHandler(target, command);
    let detached: Arguments;
    try {
      detached = this.#detach(target, command, args);
    } catch (error) {
      return Promise.reject(error);
    }
    const ask = new Ask(kernel, target, [command, detached], this.#identify(target));
    const answer = ask.begin(target.options?.signal);
    if (!ask.isSettled) send(kernel, ask);
    return answer;
  }

  /** A tell is at most once and has no answer: it needs no id. */
  tell(target: Target, command: string, args: Arguments): void {
    const kernel = this.#kernel;
    if (this.isStopped) throw new SystemStopped(kernel.name);
    if (kernel.dispatcher.current !== undefined) refuseInHandler(target, command);
    if (target.options?.signal?.aborted === true) return;
    const detached = this.#detach(target, command, args);
    const deadline = deadlineOf(kernel, target, kernel.dispatcher.coarseNow());
    if (target.options === undefined) send(kernel, new PlainTell(target.place, command, detached, deadline));
    else send(kernel, chosenTell(target, command, detached, deadline));
  }

  /** Volatile actors recognise no repeats. */
  #identify(target: Target): CommandIdentity {
    const chosen = chosenCommand(target);
    if (chosen !== undefined) return chosen;
    return target.info.isVolatile ? anonymous : newCommand(this.#kernel);
  }

  /** What a durable actor is told becomes part of its history: it is the caller's no longer, on the caller's own node too. */
  #detach(target: Target, command: string, args: Arguments): Arguments {
    if (this.#kernel.simulateRemote) return encodedArguments(args, command);
    return target.info.isVolatile ? args : detachArguments(args, command);
  }
}

function chosenTell(target: Target, command: string, args: Arguments, deadline: number): Envelope {
  return {
    to: target.address,
    command,
    args,
    deadline,
    reply: undefined,
    sender: undefined,
    commandId: target.options?.commandId,
    answeredBelow: 0,
    chain: noChain,
    headers: headersOf(target),
    next: undefined,
    ...(target.options?.timeoutMs === undefined ? {} : { expires: true }),
  };
}

function refuseInHandler(target: Target, command: string): never {
  throw new TypeError(
    `A ref of system.ref was used inside a handler (${target.address.toString()}.${command}); ` +
      "use this.ctx.ref, whose messages pass the gate of the turn.",
  );
}
