// Why a run ends before its end: the user wants it, or a part of it is lost. One signal for both; the first reason counts.
import { setMaxListeners } from "node:events";

/** The user's wish. */
export class Interrupted extends Error {}

export interface Stop {
  readonly signal: AbortSignal;
  /** A part of the run is lost: the rest is to be stopped. */
  readonly fail: (error: Error) => void;
}

/** Listens from now on. A second Ctrl-C changes nothing: npm hands on the one that the terminal has sent already. */
export function listenForStop(): Stop {
  const controller = new AbortController();
  const { signal } = controller;
  setMaxListeners(0, signal); // one for each command in flight
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => controller.abort(new Interrupted(`stopped by ${name}`)));
  }
  const fail = (error: Error): void => controller.abort(error);
  for (const out of [process.stdout, process.stderr]) out.on("error", fail); // such as a closed pipe
  return { signal, fail };
}

/** Rejects with the reason once the signal is aborted; never resolves. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(signal.reason as Error);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}
