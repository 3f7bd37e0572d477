// A node that joins others takes its share of the actors bit by bit: each step moves some of them, so that they do not all
// activate at once. Where nobody else hosts its types there is nothing to move, and it takes all at once.
import type { Cancel, Scheduler } from "@aether/actor";
import type { Membership, Self } from "./membership.ts";

export interface WeightStepsParts {
  readonly self: Self;
  readonly membership: Membership;
  readonly scheduler: Scheduler;
  readonly steps: number;
  readonly stepMs: number;
  problem(error: unknown): void;
}

export class WeightSteps {
  readonly #parts: WeightStepsParts;
  #step: number;
  #cancel: Cancel | undefined;

  constructor(parts: WeightStepsParts) {
    this.#parts = parts;
    this.#step = parts.steps;
  }

  /** The weight to join with. */
  first(): number {
    const { self, membership, steps } = this.#parts;
    const { view } = membership;
    const isNeeded = self.types.some((type) => view.candidatesFor(type).some(({ node }) => node !== self.node));
    this.#step = isNeeded ? 1 : steps;
    return this.#weight();
  }

  /** From here on, step by step, to the full weight. */
  raise(): void {
    const { scheduler, steps, stepMs } = this.#parts;
    this.stop();
    if (this.#step >= steps) return;
    this.#cancel = scheduler.after(stepMs, () => void this.#next());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** What could not be written is tried again at the next step. */
  async #next(): Promise<void> {
    const { membership } = this.#parts;
    const cancel = this.#cancel;
    this.#step++;
    try {
      if (!(await membership.setWeight(this.#weight()))) return;
    } catch (error) {
      this.#parts.problem(error);
      this.#step--;
    }
    if (this.#cancel === cancel) this.raise();
  }

  #weight(): number {
    const { self, steps } = this.#parts;
    return this.#step >= steps ? self.weight : (self.weight * this.#step) / steps;
  }
}
