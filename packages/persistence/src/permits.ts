// A bounded number of holders at once, first come, first served. Each permit has an owner, so that whoever waits in vain
// can be told who is in the way; a holder is bounded by its own task, a waiter by its deadline.
import type { Clock, Scheduler } from "@aether/actor";

export interface PermitHolder {
  readonly owner: string;
  /** Of the monotonic clock: when it got the permit. */
  readonly since: number;
}

/** No permit came free in time. */
export class NoPermit extends Error {}

interface Waiter {
  readonly owner: string;
  readonly resolve: (holder: PermitHolder) => void;
}

export class Permits {
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #holders = new Set<PermitHolder>();
  readonly #waiting = new Set<Waiter>();

  constructor(limit: number, { clock, scheduler }: { readonly clock: Clock; readonly scheduler: Scheduler }) {
    this.#limit = limit;
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  /** Longest first. */
  get holders(): readonly PermitHolder[] {
    return [...this.#holders];
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** At once where one is free. Whoever has a permit gives it back with `release`. @throws NoPermit after `withinMs` */
  acquire(owner: string, withinMs: number): PermitHolder | Promise<PermitHolder> {
    return this.#holders.size < this.#limit ? this.#grant(owner) : this.#wait(owner, withinMs);
  }

  release(holder: PermitHolder): void {
    this.#holders.delete(holder);
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next.resolve(this.#grant(next.owner));
  }

  #grant(owner: string): PermitHolder {
    const holder = { owner, since: this.#clock.now() };
    this.#holders.add(holder);
    return holder;
  }

  #wait(owner: string, withinMs: number): Promise<PermitHolder> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        owner,
        resolve(holder) {
          cancel();
          resolve(holder);
        },
      };
      const cancel = this.#scheduler.after(withinMs, () => {
        this.#waiting.delete(waiter);
        reject(new NoPermit(this.#whoHolds()));
      });
      this.#waiting.add(waiter);
    });
  }

  #whoHolds(): string {
    const now = this.#clock.now();
    const longest = this.holders.slice(0, 3).map(({ owner, since }) => `${owner} for ${Math.round(now - since)} ms`);
    return `all ${this.#limit} recovery permits are held, longest by ${longest.join(", ")}; ${this.waiting} more wait`;
  }
}
