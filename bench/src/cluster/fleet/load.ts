// Steady load: each till has one command in flight, a short pause, and the next one. Every command is counted, and what
// waits for its answer is looked at from here, where a user would.
import { setTimeout as delay } from "node:timers/promises";
import type { Fleet } from "./fleet.ts";
import { Till } from "./till.ts";

/** Lets the machine breathe: what is measured is the cluster, not a full processor. */
const restMs = 20;

export interface LoadOptions {
  readonly tills: number;
  /** The deadline of each command. @default the system's, 5 s */
  readonly timeoutMs?: number;
}

export type Acknowledged = (till: string, tookMs: number, sentAt: number) => void;

export class Load {
  readonly tills: readonly string[];
  readonly failures: Error[] = [];
  /** Told of each acknowledgement. */
  acknowledged: Acknowledged = () => undefined;
  readonly #fleet: Fleet;
  readonly #timeoutMs: number | undefined;
  readonly #lanes: Promise<void>[];
  readonly #paid = new Map<string, number>();
  #isOver = false;

  /** Begins at once; settles when each till has answered once. */
  static async begin(fleet: Fleet, options: LoadOptions): Promise<Load> {
    const load = new Load(fleet, options);
    await load.everyTill();
    return load;
  }

  private constructor(fleet: Fleet, { tills, timeoutMs }: LoadOptions) {
    this.#fleet = fleet;
    this.#timeoutMs = timeoutMs;
    this.tills = Array.from({ length: tills }, (_, i) => `till-${i}`);
    this.#lanes = this.tills.map((till) => this.#lane(till));
  }

  /** Settles when each till has acknowledged another command. */
  async everyTill(): Promise<void> {
    const seen = new Map(this.#paid);
    while (this.tills.some((till) => this.#paid.get(till) === seen.get(till))) await delay(restMs);
  }

  /** Settles when nothing is in flight any more. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#lanes);
  }

  /** Stops. @throws Error when a command failed, or was lost or done twice */
  async end(): Promise<void> {
    await this.stop();
    const [failure] = this.failures;
    if (failure !== undefined) throw new Error(`${this.failures.length} commands failed`, { cause: failure });
    await Promise.all(this.tills.map((till) => this.#check(till)));
  }

  async #lane(till: string): Promise<void> {
    const options = this.#timeoutMs === undefined ? {} : { timeoutMs: this.#timeoutMs };
    const { ask } = this.#fleet.system.ref(Till, till).with(options);
    while (!this.#isOver) {
      const sentAt = performance.now();
      try {
        await ask.pay(1);
        this.#paid.set(till, (this.#paid.get(till) ?? 0) + 1);
        this.acknowledged(till, performance.now() - sentAt, sentAt);
      } catch (error) {
        this.failures.push(error as Error);
      }
      await delay(restMs * (0.5 + Math.random()));
    }
  }

  async #check(till: string): Promise<void> {
    const payments = await this.#fleet.system.ref(Till, till).ask.payments();
    const paid = this.#paid.get(till) ?? 0;
    if (payments !== paid) throw new Error(`${till} has ${payments} payments; ${paid} were acknowledged`);
  }
}
