// What may be chosen for one call.
import { isWellFormed } from "./address.ts";
import type { Headers } from "./envelope.ts";
import { refuseUnknown } from "./hosted-type.ts";

/** For one call. */
export interface CallOptions {
  /** Milliseconds until an ask gives up, or a tell is no longer worth being done. @default for asks the system's, 5,000 */
  readonly timeoutMs?: number;
  /** What a repeat of this command is recognised by: the same id again gets the first reply. @default one per call */
  readonly commandId?: string;
  /** Ends the waiting of an ask; one that has not begun is dropped. A tell is not sent if it is aborted already. */
  readonly signal?: AbortSignal;
  /** Travel with the message; at most 4 KiB. */
  readonly headers?: Headers;
}

const maxCommandIdLength = 128;
const maxHeaderBytes = 4_096;

function checkHeaders(headers: Headers): void {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers))
    throw new TypeError("with: headers is an object of texts.");
  for (const [name, value] of Object.entries(headers)) {
    if (name === "__proto__")
      throw new RangeError('a header is named "__proto__"; what reads it would lose it, so use another name.');
    if (typeof value !== "string") throw new TypeError(`header "${name}" is a ${typeof value}; use text.`);
    if (!isWellFormed(name) || !isWellFormed(value)) {
      throw new RangeError(`header ${JSON.stringify(name)} holds half a character (a lone surrogate); use whole ones.`);
    }
  }
  const bytes = Buffer.byteLength(JSON.stringify(headers));
  if (bytes > maxHeaderBytes) throw new RangeError(`headers take ${bytes} bytes; use at most ${maxHeaderBytes}.`);
}

const optionNames: readonly string[] = ["timeoutMs", "commandId", "signal", "headers"] satisfies (keyof CallOptions)[];

/** @throws TypeError or RangeError naming option, value and range */
export function checkCallOptions(options: CallOptions): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new TypeError("with: give it an object of options.");
  refuseUnknown("with", options, optionNames);
  const { timeoutMs, commandId, headers, signal } = options;
  const isTime = typeof timeoutMs === "number" && timeoutMs > 0 && timeoutMs <= 3_600_000;
  if (timeoutMs !== undefined && !isTime) {
    throw new RangeError(`timeoutMs is ${timeoutMs}; use more than 0 and at most 3,600,000.`);
  }
  if (headers !== undefined) checkHeaders(headers);
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError("with: signal is an AbortSignal.");
  if (commandId === undefined) return;
  if (
    typeof commandId !== "string" ||
    commandId === "" ||
    commandId.length > maxCommandIdLength ||
    commandId[0] === "~"
  ) {
    throw new RangeError(
      `commandId ${JSON.stringify(commandId)} is refused; use 1 to ${maxCommandIdLength} characters that do not start with "~".`,
    );
  }
  if (!isWellFormed(commandId)) {
    const given = JSON.stringify(commandId);
    throw new RangeError(`commandId ${given} holds half a character (a lone surrogate); use whole ones.`);
  }
}
