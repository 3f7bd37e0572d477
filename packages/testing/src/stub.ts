// A stand-in for another actor: it answers as the test says, and remembers what it was told. It is hosted like any actor, so
// what reaches it has passed the gate of its sender and the codec.
import {
  Actor,
  type ActorClass,
  type ActorContext,
  type CommandName,
  describeClass,
  host,
  type Hosting,
} from "@aether/actor";
import { BadScenario } from "./errors.ts";

/** One message that a stub got, as it came out of the codec. */
export interface StubbedCall {
  /** `type/id` */
  readonly to: string;
  readonly command: string;
  readonly args: readonly unknown[];
}

type Answer<M> = M extends (...args: infer Args) => infer R ? (...args: Args) => R | Awaited<R> : never;

/** What a stub answers, by command; `undefined` for those left out. A function that throws is a handler that throws. */
export type StubAnswers<A extends Actor> = { readonly [K in CommandName<A>]?: Answer<A[K]> };

export interface Stub {
  /** For `given(…).with`, or among the `actors` of a system. */
  readonly hosting: Hosting;
  /** All that it got, over all ids, in order. */
  readonly calls: readonly StubbedCall[];
  /** Settles with the calls once there are so many. */
  called(count?: number): Promise<readonly StubbedCall[]>;
}

/** A stand-in for every actor of a class, durable or not. @throws BadScenario for an answer to what is no command */
export function stub<A extends Actor>(actorClass: ActorClass<A>, answers: StubAnswers<A> = {}): Stub {
  const { commands, type } = describeClass(actorClass);
  const unknown = Object.keys(answers).find((name) => !commands.has(name));
  if (unknown !== undefined) {
    throw new BadScenario(
      `stub(${actorClass.name}): "${unknown}" is no command; there are ${[...commands.keys()].join(", ")}.`,
    );
  }
  const calls = new Calls();
  class StandIn extends Actor {
    static type = type;
  }
  for (const name of commands.keys()) {
    const answer = (answers as Record<string, ((...args: unknown[]) => unknown) | undefined>)[name];
    const value = function (this: StandIn, ...args: unknown[]): unknown {
      const { ctx } = this as unknown as { readonly ctx: ActorContext };
      calls.add({ to: ctx.address.toString(), command: name, args });
      return answer?.(...args);
    };
    Object.defineProperty(StandIn.prototype, name, { value, configurable: true });
  }
  return { hosting: host(StandIn), calls: calls.list, called: (count) => calls.reached(count) };
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
