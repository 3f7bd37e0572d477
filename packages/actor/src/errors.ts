// The errors of the kernel: one class per situation, each with a code that never changes meaning.
// They cross nodes as code, message and data, and are rebuilt there as plain `AetherError`s: compare `code`, not the class.

import { describeError } from "./thrown.ts";

export interface ErrorDetails {
  readonly retryable?: boolean;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The base of every error that the runtime itself raises. */
export class AetherError extends Error {
  /** Stable and unique, such as `ACTOR_MAILBOX_FULL`; see docs/errors.md. */
  readonly code: string;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** The values that the message speaks of. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.data = details.data ?? {};
  }
}

/** `ACTOR_INVALID_ID`: the id is empty, too long or not well-formed Unicode. */
export class InvalidActorId extends AetherError {
  constructor(id: unknown, reason: string) {
    const shown = typeof id === "string" ? JSON.stringify(id.slice(0, 60)) : typeof id;
    super("ACTOR_INVALID_ID", `Actor id ${shown} is refused: ${reason}.`, { data: { reason } });
  }
}

/** `ACTOR_UNKNOWN_TYPE`: no node that can be reached hosts the type. */
export class UnknownActorType extends AetherError {
  constructor(type: string, hosted: readonly string[]) {
    const list = hosted.length === 0 ? "none" : hosted.join(", ");
    super(
      "ACTOR_UNKNOWN_TYPE",
      `Actor type "${type}" is not hosted here (hosted: ${list}). Add its class to "actors".`,
      {
        data: { type },
      },
    );
  }
}

/** `ACTOR_UNKNOWN_COMMAND`: the class has no public method of that name (hooks and accessors are none). */
export class UnknownCommand extends AetherError {
  constructor(type: string, command: string) {
    super("ACTOR_UNKNOWN_COMMAND", `Actor type "${type}" has no command "${command.slice(0, 80)}".`, {
      data: { type, command: command.slice(0, 80) },
    });
  }
}

/** `ACTOR_INVALID_ARGUMENTS`: the arguments do not match the schema that the class declares for the command. */
export class InvalidArguments extends AetherError {
  constructor(address: string, command: string, issues: readonly { message: string; path?: string }[]) {
    const list = issues.map(({ message, path }) => (path === undefined ? message : `argument ${path}: ${message}`));
    super("ACTOR_INVALID_ARGUMENTS", `"${command}" of ${address} refuses its arguments: ${list.join("; ")}.`, {
      data: { address, command, issues },
    });
  }
}

/** `ACTOR_MAILBOX_FULL`: the actor has as many messages waiting as its mailbox holds. */
export class MailboxFull extends AetherError {
  constructor(address: string, capacity: number, retryAfterMs: number) {
    super(
      "ACTOR_MAILBOX_FULL",
      `The mailbox of ${address} is full (${capacity} messages). Retry in ${retryAfterMs} ms.`,
      {
        retryable: true,
        data: { address, capacity, retryAfterMs },
      },
    );
  }
}

/** `ACTOR_ASK_TIMEOUT`: no reply within the deadline. The command may or may not have happened. */
export class AskTimeout extends AetherError {
  constructor(address: string, command: string, timeoutMs: number) {
    super("ACTOR_ASK_TIMEOUT", `${address} did not answer "${command}" within ${timeoutMs} ms; it may still happen.`, {
      retryable: true,
      data: { address, command, timeoutMs },
    });
  }
}

/** `ACTOR_EXPIRED`: the deadline had passed before the command began; it certainly did not happen. */
export class CommandExpired extends AetherError {
  constructor(address: string, command: string) {
    super("ACTOR_EXPIRED", `"${command}" reached ${address} after its deadline and was dropped.`, {
      retryable: true,
      data: { address, command },
    });
  }
}

/** `ACTOR_REENTRANT`: a chain of asks came back to an actor that is waiting for it. */
export class ReentrantAsk extends AetherError {
  constructor(chain: readonly string[], command: string) {
    super(
      "ACTOR_REENTRANT",
      `Asking "${command}" would wait for itself: ${chain.join(" → ")}. Use tell, or let a third actor coordinate.`,
      { data: { chain, command } },
    );
  }
}

/** `ACTOR_ASK_BEFORE_DURABLE`: an ask after `persist` in the same turn would wait for the turn that waits for it. */
export class AskBeforeDurable extends AetherError {
  constructor(address: string, command: string) {
    super(
      "ACTOR_ASK_BEFORE_DURABLE",
      `${address} asks "${command}" after persist in the same turn; the ask would leave only when the turn has ended. ` +
        "Ask before persisting, or split the turn with `await this.durable()`.",
      { data: { address, command } },
    );
  }
}

/** `ACTOR_FAILED`: the handler threw something that is not a `Rejection`; nothing of its turn happened. */
export class ActorFailed extends AetherError {
  constructor(address: string, command: string, cause: unknown) {
    super("ACTOR_FAILED", `${address} failed in "${command}": ${describeError(cause, true)}`, {
      cause,
      data: { address, command },
    });
  }
}

/** `ACTOR_ACTIVATION_FAILED`: the actor could not be created, recovered or started. */
export class ActivationFailed extends AetherError {
  constructor(address: string, cause: unknown) {
    const retryable = cause instanceof AetherError && cause.retryable;
    const causeCode = cause instanceof AetherError ? { causeCode: cause.code } : {};
    super("ACTOR_ACTIVATION_FAILED", `${address} could not be activated: ${describeError(cause)}`, {
      cause,
      retryable,
      data: { address, ...causeCode },
    });
  }
}

/** `ACTOR_HOOK_TIMEOUT`: `create`, `onStart`, `onPassivate` or `onStop` did not end in time. */
export class HookTimeout extends AetherError {
  constructor(address: string, hook: string, timeoutMs: number) {
    super("ACTOR_HOOK_TIMEOUT", `${hook} of ${address} did not end within ${timeoutMs} ms (hookTimeoutMs).`, {
      retryable: true,
      data: { address, hook, timeoutMs },
    });
  }
}

/** `ACTOR_STOPPED`: the actor stopped, by its own will, its parent's or its supervision's, before it handled this. */
export class ActorStopped extends AetherError {
  constructor(address: string, why: string, cause?: unknown) {
    super("ACTOR_STOPPED", `${address} has stopped (${why}).`, { retryable: true, cause, data: { address, why } });
  }
}

/** `ACTOR_CHILD_FAILED`: a child failed and its supervision says that its parent is to deal with it. */
export class ChildFailed extends AetherError {
  constructor(child: string, cause: unknown) {
    super("ACTOR_CHILD_FAILED", `${child} failed and escalated: ${describeError(cause)}`, { cause, data: { child } });
  }
}

/** `ACTOR_WATCH_UNAVAILABLE`: the actor may live on another node, and no plugin brings word from there. */
export class WatchUnavailable extends AetherError {
  constructor(address: string) {
    super("ACTOR_WATCH_UNAVAILABLE", `${address} cannot be watched: the installed transport has no death watch.`, {
      data: { address },
    });
  }
}

/** `ACTOR_PLUGIN_IN_USE`: what the plugin provides is needed by others, so that it stays until the system stops. */
export class PluginInUse extends AetherError {
  constructor(plugin: string, ports: readonly string[]) {
    super("ACTOR_PLUGIN_IN_USE", `Plugin "${plugin}" provides ${ports.join(", ")} and cannot be removed.`, {
      data: { plugin, ports },
    });
  }
}

/** `ACTOR_UNDELIVERED`: certainly not done here; the caller's node sends it again within its deadline. */
export class Undelivered extends AetherError {
  /** Why, and what the receiver knew: `revision` is that of its view, where it has one. */
  readonly reason: UndeliveredReason;
  readonly revision: number | undefined;

  constructor(address: string, reason: UndeliveredReason, revision?: number) {
    super("ACTOR_UNDELIVERED", `${address} is not available here (${reason}).`, {
      retryable: true,
      data: { address, reason },
    });
    this.reason = reason;
    this.revision = revision;
  }
}

export type UndeliveredReason = "not-owner" | "incarnation-lost" | "leaving";

/** `ACTOR_SYSTEM_STOPPED`: the system has been stopped. */
export class SystemStopped extends AetherError {
  constructor(name: string) {
    super("ACTOR_SYSTEM_STOPPED", `The actor system "${name}" has been stopped.`, { data: { system: name } });
  }
}

/** `ACTOR_PORT_MISSING`: something needs a port that no plugin provides. */
export class PortMissing extends AetherError {
  constructor(port: string, neededBy: string) {
    super("ACTOR_PORT_MISSING", `${neededBy} needs "${port}", which no plugin provides. Add the plugin that does.`, {
      data: { port, neededBy },
    });
  }
}

/** `ACTOR_PORT_TAKEN`: two plugins provide the same port. */
export class PortTaken extends AetherError {
  constructor(port: string, first: string, second: string) {
    super("ACTOR_PORT_TAKEN", `"${port}" is provided by both "${first}" and "${second}". Remove one of them.`, {
      data: { port, first, second },
    });
  }
}

/** `ACTOR_PLUGIN_FAILED`: a plugin threw while it was installed, started or closed, or around a message. */
export class PluginFailed extends AetherError {
  constructor(plugin: string, during: string, cause: unknown) {
    super("ACTOR_PLUGIN_FAILED", `Plugin "${plugin}" failed during ${during}: ${describeError(cause)}`, {
      cause,
      data: { plugin, during, ...(cause instanceof AetherError ? { causeCode: cause.code } : {}) },
    });
  }
}

/** The error as another node would get it: code, message and data, by value. */
export function asRemote(error: Error): Error {
  if (!(error instanceof AetherError)) return error;
  const { code, message, retryable, data } = error;
  const text = encodeLoosely(data);
  return new AetherError(code, message, { retryable, data: text === undefined ? {} : JSON.parse(text) });
}

/** What is no plain value in the data of an error is left out: the error must arrive in any case. */
function encodeLoosely(data: unknown): string | undefined {
  try {
    return JSON.stringify(data);
  } catch {
    return undefined;
  }
}

/** Makes an error without its stack, which costs more than all else of a refusal: under overload they are many. */
export function withoutStack<E extends Error>(make: () => E): E {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = before;
  }
}

/** Thrown around a handler, never by it: the message is refused, and the actor is not to blame. It does not leave the kernel. */
export class TurnRefused extends Error {
  readonly reason: Error;

  constructor(reason: Error) {
    super(describeError(reason));
    this.reason = reason;
  }
}
