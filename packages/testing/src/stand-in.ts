// What stands for every actor of a class in a test: hosted like any actor, so that what reaches it has passed the gate of
// its sender and the codec.
import {
  Actor,
  type ActorClass,
  type ActorContext,
  describeClass,
  host,
  type Hosting,
  type Scheduler,
} from "@aether/actor";
import { BadScenario } from "./errors.ts";

/** One message, as it came out of the codec. */
export interface StubbedCall {
  /** `type/id` */
  readonly to: string;
  readonly command: string;
  readonly args: readonly unknown[];
}

/** A `stub` or a `probe`. */
export interface StandIn {
  /** Among the `actors` of a system of one's own. */
  readonly hosting: Hosting;
  /** All that it got, over all ids, in order. */
  readonly calls: readonly StubbedCall[];
}

export interface Received extends StubbedCall {
  readonly from: string | undefined;
  readonly isAsk: boolean;
}

/** @returns the answer, which may be a promise */
export type OnMessage = (message: Received) => unknown;

type Answers = Readonly<Record<string, unknown>>;

/** @throws BadScenario (`TESTING_BAD_SCENARIO`) for an answer to what is no command, or that is no function */
export function standIn<A extends Actor>(actorClass: ActorClass<A>, onMessage: OnMessage): Hosting {
  const { commands, type } = describeClass(actorClass);
  class StandingIn extends Actor {
    static type = type;
  }
  for (const command of commands.keys()) {
    const value = function (this: StandingIn, ...args: unknown[]): unknown {
      const { ctx } = this as unknown as { readonly ctx: ActorContext };
      const { sender, wantsReply } = ctx.message;
      return onMessage({ to: ctx.address.toString(), command, args, from: sender?.toString(), isAsk: wantsReply });
    };
    Object.defineProperty(StandingIn.prototype, command, { value, configurable: true });
  }
  return host(StandingIn);
}

export function checkAnswers(what: string, actorClass: ActorClass, answers: object): void {
  const { commands } = describeClass(actorClass);
  for (const [name, answer] of Object.entries(answers as Answers)) {
    if (!commands.has(name)) {
      const known = [...commands.keys()].join(", ");
      throw new BadScenario(`${what}(${actorClass.name}): "${name}" is no command; there are ${known}.`);
    }
    if (typeof answer === "function" || answer === undefined) continue;
    throw new BadScenario(`${what}(${actorClass.name}): the answer to "${name}" is no function; use () => the answer.`);
  }
}

const starts = new WeakMap<StandIn, (scheduler: Scheduler) => void>();

/** @param start runs when a system begins to host the stand-in */
export function onStart(one: StandIn, start: (scheduler: Scheduler) => void): void {
  starts.set(one, start);
}

/** What a system hosts, with stand-ins told of its time. */
export function hostingsOf<T extends object>(actors: readonly (T | StandIn)[], scheduler: Scheduler): (T | Hosting)[] {
  return actors.map((one) => {
    if (!isStandIn(one)) return one;
    starts.get(one)?.(scheduler);
    return one.hosting;
  });
}

function isStandIn(one: object): one is StandIn {
  return typeof one === "object" && "hosting" in one;
}

/** For people. */
export function describeCall({ to, command, args }: StubbedCall): string {
  return `"${command}" to ${to} with ${shownArguments(args)}`;
}

export function shownArguments(args: readonly unknown[]): string {
  return args.length === 0 ? "no arguments" : args.map((arg) => JSON.stringify(arg) ?? "undefined").join(", ");
}
