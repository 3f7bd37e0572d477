// How a call on a facade becomes an envelope, for callers outside the system and for cells alike.
import type { ActorAddress } from "./address.ts";
import { EncodedValue, encodeArguments } from "./codec.ts";
import type { Envelope, Headers } from "./envelope.ts";
import { AskTimeout, SystemStopped } from "./errors.ts";
import type { Kernel } from "./kernel.ts";
import { PendingAsk } from "./pending-ask.ts";
import type { Sender, Target } from "./ref.ts";

/** What the sender adds to a call. */
export interface Origin {
  readonly address: ActorAddress | undefined;
  readonly chain: readonly string[];
  /** The deadline of the turn that sends; a nested call cannot outlive it. */
  readonly deadline: number;
  /** The id for a call without one of its own. */
  identify(target: Target): CommandIdentity;
}

/** What a repeat is recognised by; `n` is set where the session counts on the answer. */
export interface CommandIdentity {
  readonly id: string | undefined;
  readonly n?: number;
  readonly answeredBelow: number;
}

const anonymous: CommandIdentity = Object.freeze({ id: undefined, answeredBelow: 0 });

/** Makes the envelope, hands it to `depart`, and waits for its answer. */
export function ask(
  kernel: Kernel,
  origin: Origin,
  [target, command, args]: Call,
  depart: (envelope: Envelope) => void,
): Promise<unknown> {
  const now = kernel.clock.now();
  const timeoutMs = target.options?.timeoutMs ?? kernel.askTimeoutMs;
  const deadline = Math.min(now + timeoutMs, origin.deadline);
  if (deadline <= now) return Promise.reject(new AskTimeout(target.address.toString(), command, 0));
  return new Promise((resolve, reject) => {
    const identity = identify(origin, target);
    const pending = new PendingAsk(kernel, { deadline, n: identity.n }, resolve, reject);
    const envelope = createEnvelope(origin, [target, command, args], { deadline, identity, reply: pending });
    pending.await(envelope, target.options?.signal);
    if (!pending.isSettled) depart(envelope);
  });
}

export type Call = readonly [target: Target, command: string, args: readonly unknown[] | EncodedValue];

/** Makes a tell's envelope. */
export function createTell(kernel: Kernel, origin: Origin, call: Call): Envelope {
  const [target] = call;
  const deadline = kernel.clock.now() + (target.options?.timeoutMs ?? kernel.askTimeoutMs);
  return createEnvelope(origin, call, { deadline, identity: identify(origin, target), reply: undefined });
}

function identify(origin: Origin, target: Target): CommandIdentity {
  const chosen = target.options?.commandId;
  return chosen === undefined ? origin.identify(target) : { id: chosen, answeredBelow: 0 };
}

function createEnvelope(
  origin: Origin,
  [target, command, args]: Call,
  { deadline, identity, reply }: { deadline: number; identity: CommandIdentity; reply: PendingAsk | undefined },
): Envelope {
  return {
    to: target.address,
    command,
    args,
    deadline,
    reply,
    sender: origin.address,
    commandId: identity.id,
    answeredBelow: identity.answeredBelow,
    chain: reply === undefined ? [] : origin.chain,
    headers: copyHeaders(target.options?.headers),
  };
}

/** The next command of this system's session. */
export function newCommand({ session }: Kernel): CommandIdentity {
  const n = session.begin();
  return { id: session.commandId(n), n, answeredBelow: session.lowestUnanswered };
}

/** The caller may change its object while the message waits. */
function copyHeaders(headers: Headers | undefined): Headers | undefined {
  return headers === undefined ? undefined : Object.freeze({ ...headers });
}

/** The world outside: refs that `system.ref` makes. */
export class Outside implements Sender, Origin {
  readonly address: undefined = undefined;
  readonly chain: readonly string[] = [];
  readonly deadline: number = Number.POSITIVE_INFINITY;
  isStopped = false;
  /** A tell is at most once and has no answer: it needs no id. */
  readonly #teller: Origin = {
    address: undefined,
    chain: [],
    deadline: Number.POSITIVE_INFINITY,
    identify: () => anonymous,
  };
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Volatile actors recognise no repeats. */
  identify(target: Target): CommandIdentity {
    return target.info.base.durability === undefined ? anonymous : newCommand(this.#kernel);
  }

  ask(target: Target, command: string, args: readonly unknown[]): Promise<unknown> {
    if (this.isStopped) return Promise.reject(new SystemStopped(this.#kernel.name));
    this.#refuseInHandler(target, command);
    let call: Call;
    try {
      call = outsideCall(target, command, args);
    } catch (error) {
      return Promise.reject(error);
    }
    return ask(this.#kernel, this, call, (envelope) => this.#kernel.outbound.send(envelope));
  }

  tell(target: Target, command: string, args: readonly unknown[]): void {
    if (this.isStopped) throw new SystemStopped(this.#kernel.name);
    this.#refuseInHandler(target, command);
    this.#kernel.outbound.send(createTell(this.#kernel, this.#teller, outsideCall(target, command, args)));
  }

  #refuseInHandler(target: Target, command: string): void {
    if (this.#kernel.dispatcher.current === undefined) return;
    throw new TypeError(
      `A ref of system.ref was used inside a handler (${target.address.toString()}.${command}); ` +
        "use this.ctx.ref, whose messages pass the gate of the turn.",
    );
  }
}

/** What a durable actor is told becomes part of its history: it is the caller's no longer, on the caller's own node too. */
function outsideCall(target: Target, command: string, args: readonly unknown[]): Call {
  return [target, command, target.info.base.durability === undefined ? args : detachArguments(args, command)];
}

/** Arguments as they leave a cell whose state may still change: one encoded value if any of them is an object. */
export function detachArguments(args: readonly unknown[], command: string): readonly unknown[] | EncodedValue {
  return args.every(isFlat) ? args : new EncodedValue(encodeArguments(args, command));
}

function isFlat(arg: unknown): boolean {
  return typeof arg === "string" || typeof arg === "boolean" || arg === null || Number.isFinite(arg);
}
