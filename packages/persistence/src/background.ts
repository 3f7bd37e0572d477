// What goes on behind the backs of commands: saves of snapshots, deletion of what they cover. It outlives the incarnation
// that began it, and the system's end waits for it, within bounds.
import type { Scheduler } from "@aether/actor";

export class Background {
  readonly #scheduler: Scheduler;
  readonly #running = new Set<Promise<void>>();
  #isOver = false;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** From then on nothing is tried again. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** @param task never rejects */
  run(task: () => Promise<void>): void {
    const running = task().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits for what is under way, this long at most; what is not done by then is left where it is. */
  async end(withinMs: number): Promise<void> {
    let cancel = (): void => undefined;
    const late = new Promise<void>((resolve) => (cancel = this.#scheduler.after(withinMs, resolve)));
    const settled = async (): Promise<void> => {
      while (this.#running.size > 0 && !this.#isOver) await Promise.all(this.#running);
    };
    await Promise.race([settled(), late]);
    cancel();
    this.#isOver = true;
  }
}
