// Node's own clocks, timers, chance and sockets, answered by the simulation: the code under test, and the NATS client under
// it, run as they are. Invariant: while installed, nothing that a process can observe depends on the real time or on chance.
import { createRequire, syncBuiltinESMExports } from "node:module";
import { epochMs, type Machine, runningMachine } from "./machine.ts";
import type { Timeline } from "./timeline.ts";

/** What the globals ask for. */
export interface VirtualWorld {
  readonly timeline: Timeline;
  readonly random: () => number;
  /** A process dials a port of 127.0.0.1. */
  readonly dial: (from: Machine, port: number, connected: () => void) => object;
  /** A process asks a port of 127.0.0.1 over HTTP; what is answered, as JSON. */
  readonly ask: (from: Machine, port: number, signal: AbortSignal | undefined) => Promise<object>;
}

const require = createRequire(import.meta.url);
let world: VirtualWorld | undefined;
let isInstalled = false;

/** Everything below asks this world from now on. */
export function enterWorld(entered: VirtualWorld): void {
  world = entered;
  if (!isInstalled) install();
  isInstalled = true;
}

function inside(): VirtualWorld {
  if (world === undefined) throw new Error("no simulation is running");
  return world;
}

class VirtualTimer {
  readonly cancel: { now: () => void } = { now: () => {} };
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
  [Symbol.dispose](): void {
    this.cancel.now();
  }
}

function startTimer(delayMs: number, task: () => void): () => void {
  const machine = runningMachine();
  return machine === undefined ? inside().timeline.after(delayMs, task) : machine.after(delayMs, task);
}

function setTimer(task: (...args: unknown[]) => void, delayMs = 1, ...args: unknown[]): VirtualTimer {
  const timer = new VirtualTimer();
  timer.cancel.now = startTimer(delayMs, () => task(...args));
  return timer;
}

function setRepeated(task: (...args: unknown[]) => void, periodMs = 1, ...args: unknown[]): VirtualTimer {
  const timer = new VirtualTimer();
  const next = (): void => {
    timer.cancel.now = startTimer(periodMs, () => {
      next();
      task(...args);
    });
  };
  next();
  return timer;
}

function setNext(task: (...args: unknown[]) => void, ...args: unknown[]): VirtualTimer {
  const timer = new VirtualTimer();
  const run = (): void => task(...args);
  const machine = runningMachine();
  timer.cancel.now = machine === undefined ? inside().timeline.after(0, run) : machine.at(0.001, run);
  return timer;
}

function cancelTimer(timer: unknown): void {
  if (timer instanceof VirtualTimer) timer.cancel.now();
}

interface DelayOptions {
  readonly signal?: AbortSignal;
}

function delay<T>(delayMs?: number, value?: T, { signal }: DelayOptions = {}): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortOf(signal));
    const cancel = startTimer(delayMs ?? 1, () => resolve(value));
    signal?.addEventListener("abort", () => {
      cancel();
      reject(abortOf(signal));
    });
  });
}

function abortOf(signal: AbortSignal): Error {
  return Object.assign(new Error("aborted", { cause: signal.reason }), { name: "AbortError" });
}

class VirtualDate extends Date {
  constructor(...args: unknown[]) {
    if (args.length === 0) super(wall());
    else super(...(args as [number]));
  }
  static override now(): number {
    return wall();
  }
}

function wall(): number {
  return Math.floor(runningMachine()?.wall() ?? epochMs + inside().timeline.now);
}

function fillRandom<T extends ArrayBufferView>(array: T): T {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(inside().random() * 256);
  return array;
}

function install(): void {
  const timers = { setTimeout: setTimer, setInterval: setRepeated, setImmediate: setNext };
  const cancels = { clearTimeout: cancelTimer, clearInterval: cancelTimer, clearImmediate: cancelTimer };
  Object.assign(globalThis, timers, cancels, { Date: VirtualDate });
  Object.assign(require("node:timers") as object, timers, cancels);
  Object.assign(require("node:timers/promises") as object, { setTimeout: delay, setImmediate: () => delay(0) });
  performance.now = () => runningMachine()?.monotonic() ?? inside().timeline.now;
  Math.random = () => inside().random();
  globalThis.crypto.getRandomValues = fillRandom;
  Object.assign(require("node:net") as object, { createConnection: dial, connect: dial });
  Object.assign(globalThis, { fetch: get });
  syncBuiltinESMExports();
}

function dial(port: number, _host: string, connected: () => void): object {
  const from = runningMachine();
  if (from === undefined) throw new Error("only a simulated process has a network");
  return inside().dial(from, port, connected);
}

async function get(
  url: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<{ json(): Promise<object> }> {
  const from = runningMachine();
  if (from === undefined) throw new Error("only a simulated process has a network");
  const found = await inside().ask(from, Number(new URL(url).port), signal);
  return { json: async () => found };
}
