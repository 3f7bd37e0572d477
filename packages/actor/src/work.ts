// Work outside that an actor starts and does not wait for: it begins once all that its turn has seen is durable, and comes
// back as a turn. At most once: with the incarnation it is over.
import type { Cell } from "./cell.ts";
import { PlainEffect } from "./effects.ts";
import { InnerTurn } from "./envelope.ts";
import { checkFunction } from "./hosted-type.ts";

interface Work<T> {
  readonly work: (signal: AbortSignal) => T | Promise<T>;
  readonly onDone: ((result: T) => unknown) | undefined;
  readonly onFailed: ((error: unknown) => unknown) | undefined;
}

/** The cell has an open turn, at whose end the work begins. @throws TypeError for what is no function */
export function runOutside<T>(cell: Cell, work: Work<T>): PlainEffect {
  checkFunction("ctx.run: the work", work.work);
  if (work.onDone !== undefined) checkFunction("ctx.run: onDone", work.onDone);
  if (work.onFailed !== undefined) checkFunction("ctx.run: onFailed", work.onFailed);
  return new Run(cell, work);
}

class Run<T> extends PlainEffect {
  readonly #cell: Cell;
  readonly #incarnation: number;
  readonly #work: Work<T>;
  readonly #controller = new AbortController();

  constructor(cell: Cell, work: Work<T>) {
    super();
    this.#cell = cell;
    this.#incarnation = cell.incarnation;
    this.#work = work;
  }

  /** In a microtask of its own: the code belongs to the world outside, not to the turn that lets it go. */
  occur(): void {
    if (!this.#cell.is(this.#incarnation)) return;
    (this.#cell.ownTies().works ??= new Set()).add(this.#controller);
    this.#cell.kernel.scheduler.microtask(() => void this.#begin());
  }

  async #begin(): Promise<void> {
    const { onDone, onFailed, work } = this.#work;
    let turn: (() => unknown) | undefined;
    try {
      this.#controller.signal.throwIfAborted();
      const result = await work(this.#controller.signal);
      turn = onDone && (() => onDone(result));
    } catch (error) {
      turn = onFailed && (() => onFailed(error));
      if (turn === undefined) this.#report(error);
    }
    this.#ended(turn);
  }

  #ended(turn: (() => unknown) | undefined): void {
    const cell = this.#cell;
    if (!cell.is(this.#incarnation)) return;
    cell.ties?.works?.delete(this.#controller);
    if (turn !== undefined) cell.enqueueInner(new InnerTurn(cell.address, this.#incarnation, "result of run", turn));
  }

  #report(error: unknown): void {
    if (this.#controller.signal.aborted) return;
    const { kernel, address } = this.#cell;
    kernel.events.publish({ type: "work-failed", address: address.toString(), error });
  }
}
