// One life of a process, which may be told to die at one moment: before or after a call of its store, or a command of its
// scenario. What is dead calls nobody, and hears of nothing.

export interface CrashPoint {
  /** Counts the calls of a life, from 1. */
  readonly n: number;
  readonly when: "before" | "after";
}

/** What `death` settles with: nothing that a command is answered. */
export const dead: unique symbol = Symbol("dead");

const never: Promise<never> = new Promise<never>(() => undefined);

export class CrashPlan {
  /** The moments of this life so far, in order. */
  readonly moments: CrashPoint[] = [];
  /** The calls of this life, in order, for people. */
  readonly calls: string[] = [];
  /** Settles when the process dies. */
  readonly death: Promise<typeof dead>;
  /** Where it died. */
  diedAt: string | undefined;
  readonly #point: CrashPoint | undefined;
  #died: (died: typeof dead) => void = () => undefined;

  constructor(point?: CrashPoint) {
    this.#point = point;
    this.death = new Promise((resolve) => (this.#died = resolve));
  }

  /** Makes the call, unless the process is dead by then; its answer never comes if it is dead afterwards. */
  async around<T>(what: string, call: () => Promise<T>): Promise<T> {
    if (this.diedAt !== undefined) return never;
    const n = this.calls.push(what);
    if (this.#isPoint(n, "before")) return this.#end(`before ${what}`);
    try {
      return await call();
    } finally {
      if (this.#isPoint(n, "after")) await this.#end(`after ${what}`);
      if (this.diedAt !== undefined) await never;
    }
  }

  #isPoint(n: number, when: CrashPoint["when"]): boolean {
    this.moments.push({ n, when });
    return this.diedAt === undefined && this.#point?.n === n && this.#point.when === when;
  }

  /** @param where for people, such as "before append to account/alice" */
  die(where: string): void {
    this.diedAt ??= where;
    this.#died(dead);
  }

  #end(where: string): Promise<never> {
    this.die(where);
    return never;
  }
}
