// How a call on a facade becomes an envelope: what the parts of the way have in common for callers outside the system
// (outside.ts) and for cells (context.ts).
import { isWellFormed } from "./address.ts";
import { EncodedValue, encodeArguments } from "./codec.ts";
import { type Arguments, type Headers, unpackArguments } from "./envelope.ts";
import type { Kernel } from "./kernel.ts";
import type { Target } from "./ref.ts";

/** What a repeat is recognised by: an id, or a number in the session, which counts on the answer. */
export interface CommandIdentity {
  readonly id: string | undefined;
  /** 0 for none. */
  readonly n: number;
  readonly answeredBelow: number;
}

/** For messages that nobody would recognise again. */
export const anonymous: CommandIdentity = Object.freeze({ id: undefined, n: 0, answeredBelow: 0 });

/** The next command of this system's session. */
export function newCommand({ session }: Kernel): CommandIdentity {
  return { id: undefined, n: session.begin(), answeredBelow: session.lowestUnanswered };
}

/** The id that the caller chose, if any. */
export function chosenCommand({ options }: Target): CommandIdentity | undefined {
  const id = options?.commandId;
  return id === undefined ? undefined : { id, n: 0, answeredBelow: 0 };
}

/** Whole numbers: V8 keeps those in the message itself, others in an object of their own. */
export function deadlineOf(kernel: Kernel, { options }: Target, now: number): number {
  if (options === undefined || options.timeoutMs === undefined) return now + kernel.askTimeoutMs;
  return now + Math.ceil(options.timeoutMs);
}

/** The caller may change its object while the message waits. */
export function headersOf({ options }: Target): Headers | undefined {
  const headers = options?.headers;
  return headers === undefined ? undefined : Object.freeze({ ...headers });
}

/** Arguments as they leave those whose state may still change: one encoded value if any of them is an object. */
export function detachArguments(args: Arguments, command: string): Arguments {
  if (typeof args !== "object" && isFlat(args)) return args;
  return unpackArguments(args).every(isFlat) ? args : encodedArguments(args, command);
}

/** Arguments as another node would get them. @throws TypeError for what would not survive the way */
export function encodedArguments(args: Arguments, command: string): EncodedValue {
  return new EncodedValue(encodeArguments(unpackArguments(args), command));
}

function isFlat(arg: unknown): boolean {
  return (
    (typeof arg === "string" && isWellFormed(arg)) || typeof arg === "boolean" || arg === null || Number.isFinite(arg)
  );
}
