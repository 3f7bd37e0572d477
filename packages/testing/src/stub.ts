// A stand-in for another actor that answers as the test says, and remembers what it was told.
import type { Actor, ActorClass, CommandName } from "@aether/actor";
import { checkAnswers, type StandIn, standIn, type StubbedCall } from "./stand-in.ts";

type Answer<M> = M extends (...args: infer Args) => infer R ? (...args: Args) => R | Awaited<R> : never;

/** What a stub answers, by command; `undefined` for those left out. A function that throws is a handler that throws. */
export type StubAnswers<A extends Actor> = { readonly [K in CommandName<A>]?: Answer<A[K]> };

export interface Stub extends StandIn {
  /** Settles with the calls once there are so many. */
  called(count?: number): Promise<readonly StubbedCall[]>;
}

/** A stand-in for every actor of a class, durable or not. @throws BadScenario for an answer to what is no command */
export function stub<A extends Actor>(actorClass: ActorClass<A>, answers: StubAnswers<A> = {}): Stub {
  checkAnswers("stub", actorClass, answers);
  const calls = new Calls();
  const hosting = standIn(actorClass, ({ to, command, args }) => {
    calls.add({ to, command, args });
    return (answers as Record<string, ((...args: unknown[]) => unknown) | undefined>)[command]?.(...args);
  });
  return { hosting, calls: calls.list, called: (count) => calls.reached(count) };
}

class Calls {
  readonly list: StubbedCall[] = [];
  #waiting: { readonly count: number; readonly resolve: (calls: readonly StubbedCall[]) => void }[] = [];

  add(call: StubbedCall): void {
    this.list.push(call);
    for (const { resolve } of this.#waiting.filter(({ count }) => count <= this.list.length)) resolve([...this.list]);
    this.#waiting = this.#waiting.filter(({ count }) => count > this.list.length);
  }

  reached(count = 1): Promise<readonly StubbedCall[]> {
    if (this.list.length >= count) return Promise.resolve([...this.list]);
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }
}
