// Sees which commands of a test fail without anybody looking at their answer: one that was neither returned nor awaited would
// end as an unhandled rejection somewhere, and its test would pass.
import { type Actor, type ActorRef, type AskFacade } from "@aether/actor";
import { describeOutcome, type Outcome, outcomeOf } from "./outcome.ts";
import { shownArguments } from "./stand-in.ts";

interface Asked {
  /** For people. */
  readonly what: string;
  readonly answer: WatchedAnswer;
  outcome?: Outcome;
}

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;

export class WatchedAsks {
  readonly #asked: Asked[] = [];

  /** Commands whose answer nobody looked at, and that failed; a line each. */
  get droppedFailures(): string[] {
    return this.#dropped.flatMap(({ what, outcome }) =>
      outcome === undefined || outcome.type === "replied" ? [] : [`${what}: ${describeOutcome(outcome)}`],
    );
  }

  /** Commands whose answer nobody looked at. */
  get dropped(): readonly string[] {
    return this.#dropped.map(({ what }) => what);
  }

  /** The same ref; the answers of its asks are watched. */
  ref<A extends Actor>(ref: ActorRef<A>): ActorRef<A> {
    return new Proxy(ref, {
      get: (target, name): unknown => {
        if (name === "ask") return this.#facade(target);
        if (name !== "with") return Reflect.get(target, name, target) as unknown;
        return (...options: Parameters<ActorRef<A>["with"]>) => this.ref(target.with(...options));
      },
    });
  }

  /** @returns what whoever asked is given in place of the promise */
  watch(what: string, promise: Promise<unknown>): Promise<unknown> {
    const answer = new WatchedAnswer((resolve) => resolve(promise));
    answer.quieten();
    const asked: Asked = { what, answer };
    this.#asked.push(asked);
    void outcomeOf(promise).then((outcome) => (asked.outcome = outcome));
    return answer;
  }

  get #dropped(): readonly Asked[] {
    return this.#asked.filter(({ answer }) => !answer.isWanted);
  }

  #facade<A extends Actor>({ ask }: ActorRef<A>): AskFacade<A> {
    return new Proxy(ask, {
      get: (facade, name): unknown => {
        const method = (facade as unknown as Methods)[name as string];
        if (typeof method !== "function" || typeof name !== "string") return method;
        return (...args: unknown[]) => {
          const what = `${name}(${args.length === 0 ? "" : shownArguments(args)})`;
          return this.watch(what, Reflect.apply(method, facade, args));
        };
      },
    });
  }
}

/** Knows whether anybody waits for it: `await` calls `then` of what is no plain promise. */
class WatchedAnswer extends Promise<unknown> {
  isWanted = false;

  /** What is made of it is plain. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** Its failure is told by the kit. */
  quieten(): void {
    void super.then(undefined, () => undefined);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise
  override then<R = unknown, E = never>(
    onFulfilled?: ((value: unknown) => R | PromiseLike<R>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    this.isWanted = true;
    return super.then(onFulfilled, onRejected);
  }
}
