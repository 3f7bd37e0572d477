// Where errors go that nobody waits for. Invariant: an error in a handler never reaches the client library (it would
// end the connection's reader) and is never lost either.
import { HandlerFailed, type LinkError } from "./errors.ts";

/** Gets errors that belong to no call: a permission violation of a subscription, an exception in a handler. */
export type ProblemListener = (problem: LinkError) => void;

/** The listener that is used unless another is given: a warning of the process. */
export const warn = (problem: Error): void => process.emitWarning(problem);

/** Calls `handler`; what it throws is reported as {@link HandlerFailed}. */
export function callHandler<T>(handler: (value: T) => void, value: T, report: ProblemListener): void {
  try {
    handler(value);
  } catch (cause) {
    report(new HandlerFailed("a handler given to the link threw; catch the error inside the handler", { cause }));
  }
}
