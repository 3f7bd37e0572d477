// The business "no": thrown, it undoes its turn; returned, it keeps the turn's events. Either way the caller's promise
// rejects with a `Rejection` that was rebuilt from code and data, so local and remote calls look the same.

import { attach, detach } from "./codec.ts";

/** A refusal that belongs to the domain; it never disturbs the actor. */
export class Rejection<Code extends string = string, Data = unknown> extends Error {
  readonly code: Code;
  /** Must survive the codec (plain JSON values). */
  readonly data: Data;

  constructor(code: Code, data?: Data) {
    super(`Rejected: ${code}`);
    this.name = "Rejection";
    this.code = code;
    this.data = data as Data;
  }
}

/** Tells a `Rejection` from other errors, optionally one of a given code. */
export function isRejection<Code extends string>(error: unknown, code?: Code): error is Rejection<Code> {
  return error instanceof Rejection && (code === undefined || error.code === code);
}

/** The same refusal with data of its own, so that it holds no reference into the actor's state. */
export function rebuildRejection(rejection: Rejection): Rejection {
  return new Rejection(rejection.code, attach(detach(rejection.data, `Rejection "${rejection.code}"`)));
}
