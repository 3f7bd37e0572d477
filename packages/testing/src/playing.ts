// The steps of a scenario, one after the other, up to the outcome of its last command.
import { AssertionError } from "node:assert";
import { type Actor, type ActorRef, AetherError, type AskFacade } from "@aether/actor";
import { describeOutcome, type Outcome, outcomeOf } from "./outcome.ts";
import type { Stage } from "./stage.ts";
import { inTime } from "./waiting.ts";
import type { WatchedAsks } from "./watched-asks.ts";

/** The actor as commands see it; the second argument is the ref, for `with({ commandId })` and `tell`. */
export type Command<A extends Actor, R> = (actor: AskFacade<A>, ref: ActorRef<A>) => R;

export type Step<A extends Actor> =
  | { readonly type: "when"; readonly command: Command<A, unknown> }
  | { readonly type: "restart" }
  | { readonly type: "after"; readonly ms: number };

/** @returns how the last command ended; `undefined` when there was none */
export async function play<A extends Actor>(
  stage: Stage<A>,
  steps: readonly Step<A>[],
  asks: WatchedAsks,
): Promise<Outcome | undefined> {
  let last: Outcome | undefined;
  for (const [i, step] of steps.entries()) {
    if (step.type === "restart") await stage.restart();
    else if (step.type === "after") await stage.time.advance(step.ms);
    else {
      if (last !== undefined && last.type !== "replied") {
        const message = `a command before step ${i + 1} should reply, but ${describeOutcome(last)}`;
        throw new AssertionError({ message });
      }
      last = await run(stage, step.command, asks);
    }
  }
  return last;
}

async function run<A extends Actor>(
  stage: Stage<A>,
  command: Command<A, unknown>,
  asks: WatchedAsks,
): Promise<Outcome> {
  const ref = asks.ref(stage.ref);
  const asking = Promise.resolve().then(() => command(ref.ask, ref));
  const outcome = await outcomeOf(inTime(stage.time, asking));
  // A probe's failure, or the function's own: no command ends so.
  if (outcome.type === "failed" && !(outcome.error instanceof AetherError)) throw outcome.error;
  return outcome;
}
