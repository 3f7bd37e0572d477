// A stand-in for another actor that answers as the test says, and remembers what it was told.
import { AssertionError } from "node:assert";
import { type Actor, type ActorClass, type CommandName, type Scheduler, systemScheduler } from "@aether/actor";
import { Bell } from "./bell.ts";
import { BadScenario } from "./errors.ts";
import { Patience } from "./patience.ts";
import { checkAnswers, describeCall, onStart, type StandIn, standIn, type StubbedCall } from "./stand-in.ts";

type Answer<M> = M extends (...args: infer Args) => infer R ? (...args: Args) => R | Awaited<R> : never;

/** What a stub answers, by command; `undefined` for those left out. A function that throws is a handler that throws. */
export type StubAnswers<A extends Actor> = { readonly [K in CommandName<A>]?: Answer<A[K]> };

export interface Stub extends StandIn {
  /**
   * Settles with the calls once there are so many, @default 1.
   * @param withinMs of its system's time: virtual in `given` and in a `localCluster`. @default 1,000
   * @throws AssertionError naming those that came, when they are fewer by then
   */
  called(count?: number, withinMs?: number): Promise<readonly StubbedCall[]>;
}

const defaultMs = 1_000;

/** A stand-in for every actor of a class, durable or not. @throws BadScenario for an answer to what is no command */
export function stub<A extends Actor>(actorClass: ActorClass<A>, answers: StubAnswers<A> = {}): Stub {
  checkAnswers("stub", actorClass, answers);
  const made = new AnsweringStub(actorClass, answers);
  onStart(made, (scheduler) => made.begin(scheduler));
  return made;
}

type Answers = Record<string, ((...args: unknown[]) => unknown) | undefined>;

class AnsweringStub implements Stub {
  readonly hosting: Stub["hosting"];
  readonly calls: StubbedCall[] = [];
  readonly #name: string;
  #scheduler: Scheduler = systemScheduler;
  readonly #bell = new Bell();

  constructor(actorClass: ActorClass, answers: Answers) {
    this.#name = `stub(${actorClass.name})`;
    this.hosting = standIn(actorClass, ({ to, command, args }) => {
      this.calls.push({ to, command, args });
      this.#bell.ring();
      return answers[command]?.(...args);
    });
  }

  begin(scheduler: Scheduler): void {
    this.#scheduler = scheduler;
  }

  async called(count = 1, withinMs: number = defaultMs): Promise<readonly StubbedCall[]> {
    if (!(Number.isInteger(count) && count >= 1)) {
      throw new BadScenario(`${this.#name}: ${count} calls cannot be waited for; use a whole number from 1.`);
    }
    using patience = new Patience(this.#name, { scheduler: this.#scheduler, withinMs }, this.#bell);
    while (this.calls.length < count && !patience.isOver) await this.#bell.rung();
    if (this.calls.length >= count) return [...this.calls];
    const came = this.calls.map(describeCall).join("; ") || "none";
    throw new AssertionError({ message: `${this.#name}: ${count} calls did not come ${patience.why}; came: ${came}` });
  }
}
