// The output gate of one actor, kept over its restarts: what its turns send out leaves in order, each output once the version it has seen
// is durable and the node may speak at all. So nobody outside ever sees state that could still be lost. The idea is
// speculative execution with output commit (Strom and Yemini, "Optimistic recovery in distributed systems", 1985).
import type { Cell } from "./cell.ts";
import { EncodedValue } from "./codec.ts";
import type { Envelope } from "./envelope.ts";
import type { OutputPermit } from "./plugin.ts";

export interface Output {
  /** The version that must be durable first. */
  readonly version: number;
  /** The message whose turn made it. */
  readonly cause: Envelope;
  /** Whether it ends its turn, and if so whether that turn changed the state. `rest`: a split-off part of it is stored. */
  readonly turn: "open" | "unchanged" | "changed" | "rest";
  /** What it keeps in memory while it waits, roughly. */
  readonly bytes: number;
  leave(): void;
}

/** Outputs that may wait, and their bytes, before the actor handles no further message. */
export const maxHeldOutputs = 10_000;
export const maxHeldBytes: number = 16 * 1_024 * 1_024;

/** The size of a value that waits as text, or as a primitive. */
export function sizeOf(value: unknown): number {
  if (value instanceof EncodedValue) return value.json.length;
  return typeof value === "string" ? value.length : 8;
}

/** Whether an output of this version would leave the cell at once. */
export function isGateOpen({ gate, kernel }: Cell, version: number): boolean {
  if (gate !== undefined) return gate.isOpen(version);
  return kernel.permit === undefined || kernel.permit.granted();
}

/** Keeps an output until it may leave; a volatile actor gets its gate with the first. */
export function holdAtGate(cell: Cell, output: Output): void {
  cell.gate ??= new Gate(cell.kernel.permit);
  cell.gate.push(output);
}

export class Gate {
  durable = 0;
  /** Too much waits for the store: no turn begins. */
  isPaused = false;
  /** Code of the actor runs that may only compute: what it tries to send is refused. */
  isFolding = false;
  readonly #permit: OutputPermit | undefined;
  #waiting: Output[] = [];
  #head = 0;
  #bytes = 0;
  #emptied: (() => void) | undefined;

  constructor(permit: OutputPermit | undefined) {
    this.#permit = permit;
  }

  get waiting(): number {
    return this.#waiting.length - this.#head;
  }

  get isFull(): boolean {
    return this.waiting >= maxHeldOutputs || this.#bytes >= maxHeldBytes;
  }

  /** Whether an output of this version would leave at once. */
  isOpen(version: number): boolean {
    return this.waiting === 0 && version <= this.durable && this.#granted();
  }

  /** The version that the turn of this message has made, while its outcome waits here. */
  changedBy({ reply }: Envelope): number | undefined {
    for (let i = this.#head; i < this.#waiting.length; i++) {
      const { cause, turn, version } = this.#waiting[i] as Output;
      if (turn !== "open" && turn !== "unchanged" && cause.reply === reply) return version;
    }
    return undefined;
  }

  push(output: Output): void {
    this.#waiting.push(output);
    this.#bytes += output.bytes;
  }

  /** Lets go what may leave. */
  release(): void {
    while (this.#head < this.#waiting.length) {
      const output = this.#waiting[this.#head] as Output;
      if (output.version > this.durable || !this.#granted()) return this.#compact();
      this.#head++;
      this.#bytes -= output.bytes;
      output.leave();
    }
    this.#waiting = [];
    this.#head = 0;
    this.#emptied?.();
    this.#emptied = undefined;
  }

  /** Calls back once nothing waits, at once if that is so now. */
  whenEmpty(callback: () => void): void {
    if (this.waiting === 0) callback();
    else this.#emptied = callback;
  }

  /** Takes out what is not durable yet; what waits for the node's permit alone stays. */
  takeUnstored(): Output[] {
    const rest = this.drain();
    const stored = rest.findIndex((output) => output.version > this.durable);
    for (const output of stored === -1 ? rest : rest.slice(0, stored)) this.push(output);
    return stored === -1 ? [] : rest.slice(stored);
  }

  /** Takes out all that waits; nothing of it leaves. */
  drain(): Output[] {
    const rest = this.#waiting.slice(this.#head);
    this.#waiting = [];
    this.#head = 0;
    this.#bytes = 0;
    return rest;
  }

  #granted(): boolean {
    return this.#permit === undefined || this.#permit.granted();
  }

  #compact(): void {
    if (this.#head < 1_024) return;
    this.#waiting.splice(0, this.#head);
    this.#head = 0;
  }
}
