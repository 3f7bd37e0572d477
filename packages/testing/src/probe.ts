// A stand-in for another actor that the test plays itself: it takes messages in order, looks at each, and answers when it
// wants to. Waiting is bounded, in the time of the system.
import { AssertionError } from "node:assert";
import {
  type Actor,
  type ActorClass,
  type CommandName,
  describeClass,
  type Scheduler,
  systemScheduler,
} from "@aether/actor";
import { Bell } from "./bell.ts";
import { mustEqual } from "./difference.ts";
import { BadScenario } from "./errors.ts";
import { Patience } from "./patience.ts";
import {
  checkAnswers,
  describeCall,
  onStart,
  type Received,
  shownArguments,
  type StandIn,
  standIn,
  type StubbedCall,
} from "./stand-in.ts";
import type { StubAnswers } from "./stub.ts";

type Method<A extends Actor, K extends CommandName<A>> = A[K] extends (...args: infer Args) => infer R
  ? { readonly args: Args; readonly reply: Awaited<R> }
  : never;

/** A message that the test holds in its hands. */
export interface ProbedMessage<A extends Actor, K extends CommandName<A> = CommandName<A>> {
  /** `type/id` */
  readonly to: string;
  /** The same of its sender, if that is an actor. */
  readonly from: string | undefined;
  readonly command: K;
  readonly args: Method<A, K>["args"];
  /** Whether its sender waits for an answer. */
  readonly isAsk: boolean;
  /** Until then an ask keeps waiting, and so does what comes for the same actor behind it. @throws BadScenario for a tell, or twice */
  reply(value: Method<A, K>["reply"]): void;
  /** Answers as a handler that throws; with a `Rejection`, as one that refuses. @throws as `reply` */
  fail(error: Error): void;
}

export interface Probe<A extends Actor> extends StandIn {
  /** The next message, of whatever command. @throws AssertionError when none comes within so many milliseconds, @default 1,000 */
  next(withinMs?: number): Promise<ProbedMessage<A>>;
  /**
   * The next message, which must be this command, and have these arguments if they are given.
   * @throws AssertionError with the difference, or when none comes within a second of the system's time
   */
  expect<K extends CommandName<A>>(command: K, ...args: Method<A, K>["args"] | []): Promise<ProbedMessage<A, K>>;
  /** Passes over messages until one matches. @throws AssertionError naming those it passed over */
  until(matches: (message: ProbedMessage<A>) => boolean, withinMs?: number): Promise<ProbedMessage<A>>;
  /** Waits so many milliseconds. @default 1,000 @throws AssertionError naming the message, when one is there or comes */
  expectNone(forMs?: number): Promise<void>;
  /** From now on these are not told of. Asks are answered `undefined`. */
  ignore(...commands: readonly CommandName<A>[]): void;
}

export interface ProbeOptions {
  /** By which it waits in a system of one's own; `given` and `localCluster` set theirs. @default the system's */
  readonly scheduler?: Scheduler;
}

const defaultMs = 1_000;

/**
 * A stand-in for every actor of a class, played by the test. @param answers what is answered at once, and told of as well
 * @throws BadScenario (`TESTING_BAD_SCENARIO`) for an answer to what is no command
 */
export function probe<A extends Actor>(
  actorClass: ActorClass<A>,
  answers: StubAnswers<A> = {},
  options: ProbeOptions = {},
): Probe<A> {
  checkAnswers("probe", actorClass, answers);
  const made = new PlayedProbe<A>(actorClass, answers, options.scheduler ?? systemScheduler);
  onStart(made, (scheduler) => made.begin(scheduler));
  return made;
}

type Answers = Record<string, ((...args: unknown[]) => unknown) | undefined>;

class PlayedProbe<A extends Actor> implements Probe<A> {
  readonly hosting: Probe<A>["hosting"];
  readonly calls: StubbedCall[] = [];
  readonly #name: string;
  readonly #commands: readonly string[];
  readonly #answers: Answers;
  readonly #ignored = new Set<string>();
  #scheduler: Scheduler;
  #unread: Held[] = [];
  readonly #bell = new Bell();

  constructor(actorClass: ActorClass<A>, answers: Answers, scheduler: Scheduler) {
    this.#name = `probe(${actorClass.name})`;
    this.#commands = [...describeClass(actorClass).commands.keys()];
    this.#answers = answers;
    this.#scheduler = scheduler;
    this.hosting = standIn(actorClass, (message) => this.#receive(message));
  }

  /** What an earlier run left is gone. */
  begin(scheduler: Scheduler): void {
    this.#scheduler = scheduler;
    this.#unread = [];
  }

  async next(withinMs: number = defaultMs): Promise<ProbedMessage<A>> {
    using patience = this.#patience(withinMs);
    const message = await this.#take(patience);
    if (message !== undefined) return message as unknown as ProbedMessage<A>;
    throw new AssertionError({ message: `${this.#name}: no message came ${patience.why}` });
  }

  async expect<K extends CommandName<A>>(command: K, ...args: Method<A, K>["args"] | []): Promise<ProbedMessage<A, K>> {
    this.#check(command);
    using patience = this.#patience(defaultMs);
    const message = await this.#take(patience);
    const wanted = args.length === 0 ? `"${command}"` : `"${command}" with ${shownArguments(args)}`;
    if (message === undefined) {
      throw new AssertionError({
        message: `${this.#name}: ${wanted} should come; nothing came ${patience.why}`,
      });
    }
    if (message.command !== command) {
      throw new AssertionError({ message: `${this.#name}: ${wanted} should come; ${describeCall(message)} came` });
    }
    if (args.length > 0) mustEqual(`${this.#name}: the arguments of "${command}" are others`, message.args, args);
    return message as unknown as ProbedMessage<A, K>;
  }

  async until(
    matches: (message: ProbedMessage<A>) => boolean,
    withinMs: number = defaultMs,
  ): Promise<ProbedMessage<A>> {
    const passed: string[] = [];
    using patience = this.#patience(withinMs);
    for (;;) {
      const message = await this.#take(patience);
      if (message === undefined) break;
      if (matches(message as unknown as ProbedMessage<A>)) return message as unknown as ProbedMessage<A>;
      passed.push(describeCall(message));
      message.letGo();
    }
    const seen = passed.length === 0 ? "nothing came" : `these came: ${passed.join("; ")}`;
    throw new AssertionError({ message: `${this.#name}: no message matched ${patience.why}; ${seen}` });
  }

  async expectNone(forMs: number = defaultMs): Promise<void> {
    using patience = this.#patience(forMs);
    const message = await this.#take(patience);
    if (message !== undefined) {
      throw new AssertionError({ message: `${this.#name}: no message should come; ${describeCall(message)} came` });
    }
    if (patience.stoodStill) throw new AssertionError({ message: `${this.#name}: nothing came ${patience.why}` });
  }

  ignore(...commands: readonly CommandName<A>[]): void {
    for (const command of commands) {
      this.#check(command);
      this.#ignored.add(command);
    }
    for (const message of this.#unread) if (this.#ignored.has(message.command)) message.letGo();
    this.#unread = this.#unread.filter(({ command }) => !this.#ignored.has(command));
  }

  #check(command: string): void {
    if (this.#commands.includes(command)) return;
    throw new BadScenario(`${this.#name}: "${command}" is no command; there are ${this.#commands.join(", ")}.`);
  }

  #receive(received: Received): unknown {
    const { to, command, args } = received;
    this.calls.push({ to, command, args });
    if (this.#ignored.has(command)) return undefined;
    const answer = this.#answers[command];
    const message = new Held(received, answer === undefined && received.isAsk);
    this.#unread.push(message);
    this.#bell.ring();
    return answer === undefined ? message.answer : answer(...args);
  }

  #patience(withinMs: number): Patience {
    return new Patience(this.#name, { scheduler: this.#scheduler, withinMs }, this.#bell);
  }

  async #take(patience: Patience): Promise<Held | undefined> {
    for (;;) {
      const message = this.#unread.shift();
      if (message !== undefined || patience.isOver) return message;
      await this.#bell.rung();
    }
  }
}

/** One message; an ask is held until it is answered. */
class Held {
  readonly to: string;
  readonly from: string | undefined;
  readonly command: string;
  readonly args: readonly unknown[];
  readonly isAsk: boolean;
  /** What the handler returns. */
  readonly answer: Promise<unknown> | undefined;
  #settle: { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void } | undefined;

  constructor({ to, from, command, args, isAsk }: Received, isOpen: boolean) {
    this.to = to;
    this.from = from;
    this.command = command;
    this.args = args;
    this.isAsk = isAsk;
    if (isOpen) this.answer = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
  }

  reply(value: unknown): void {
    this.#end("reply").resolve(value);
  }

  fail(error: Error): void {
    this.#end("fail").reject(error);
  }

  /** Nobody will look at it. */
  letGo(): void {
    this.#settle?.resolve(undefined);
    this.#settle = undefined;
  }

  #end(what: string): { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void } {
    const settle = this.#settle;
    this.#settle = undefined;
    if (settle !== undefined) return settle;
    const why = this.isAsk ? "it is answered already" : "it is a tell, and nobody waits";
    throw new BadScenario(`${what}: ${describeCall(this)}: ${why}.`);
  }
}
