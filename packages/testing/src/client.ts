// Somebody outside the process of an explored scenario: numbers its commands, keeps what they were answered, and turns to
// the next process when the present one dies.
import { type Actor, type ActorClass, type AskFacade, describeClass } from "@aether/actor";
import { memory } from "@aether/persistence/memory";
import { CrashPlan, type CrashPoint, dead } from "./crash-plan.ts";
import type { World } from "./explore.ts";
import { type FaultPlan, faultPlan } from "./fault-plan.ts";
import type { StoreFaultRule } from "./fault-rule.ts";
import { WatchedAsks } from "./watched-asks.ts";
import { Life, type LifeParts, type Target } from "./life.ts";

export class Client implements World {
  /** What each command was answered, in the order of asking. */
  readonly answers: unknown[] = [];
  /** What they were. */
  readonly asked: string[] = [];
  readonly #watched = new WatchedAsks();
  readonly #plan: CrashPlan;
  readonly #faults: FaultPlan;
  readonly #parts: LifeParts;
  readonly #spokenTo = new Map<string, Target>();
  readonly #first: Promise<Life>;
  /** Only the first one is to die. */
  #second: Promise<Life> | undefined;

  constructor(
    hosted: Pick<LifeParts, "actors" | "codec">,
    { point, rules = [] }: { readonly point?: CrashPoint | undefined; readonly rules?: readonly StoreFaultRule[] },
  ) {
    this.#plan = new CrashPlan(point);
    this.#faults = faultPlan(rules);
    this.#parts = { ...hosted, store: memory(), faults: this.#faults };
    this.#first = Life.begin(this.#parts, this.#plan);
  }

  /** Of the first process. */
  get plan(): CrashPlan {
    return this.#plan;
  }

  /** Faults that did not happen. */
  get unmet(): FaultPlan["unmet"] {
    return this.#faults.unmet;
  }

  /** Commands that failed, and whose answer the scenario did not look at. */
  get droppedFailures(): readonly string[] {
    return this.#watched.droppedFailures;
  }

  ref<A extends Actor>(actorClass: ActorClass<A>, id: string): { readonly ask: AskFacade<A> } {
    const { commands, isVolatile, type } = describeClass(actorClass);
    const target: Target = { actorClass, id };
    if (!isVolatile) this.#spokenTo.set(`${type}/${id}`, target);
    const ask: Record<string, (...args: unknown[]) => Promise<unknown>> = {};
    for (const command of commands.keys()) {
      const what = `${command} to ${type}/${id}`;
      ask[command] = (...args) => this.#watched.watch(what, this.#answer(what, target, [command, args]));
    }
    return { ask: ask as unknown as AskFacade<A> };
  }

  /** @returns the states of the durable actors that were spoken to */
  async end(): Promise<Record<string, unknown>> {
    const life = await this.#alive();
    const states: Record<string, unknown> = {};
    for (const [name, target] of this.#spokenTo) states[name] = await life.stateOf(target);
    await life.stop();
    return states;
  }

  async #answer(
    what: string,
    target: Target,
    call: readonly [command: string, args: readonly unknown[]],
  ): Promise<unknown> {
    const n = this.answers.push(undefined);
    this.asked.push(what);
    try {
      const value = await this.#ask(`command ${n}, ${what}`, (life) => life.ask(target, call, `explored-${n}`));
      this.answers[n - 1] = { value };
      return value;
    } catch (error) {
      this.answers[n - 1] = { failed: (error as { code?: string }).code ?? String(error) };
      throw error;
    }
  }

  /** Asks the present process; if that dies over it, the next one. */
  async #ask(what: string, send: (life: Life) => Promise<unknown>): Promise<unknown> {
    for (;;) {
      const life = await this.#alive();
      const { plan } = life;
      const answer = await Promise.race([plan.death, plan.around(what, () => send(life))]);
      if (answer !== dead) return answer;
    }
  }

  #alive(): Promise<Life> {
    if (this.#plan.diedAt === undefined) return this.#first;
    return (this.#second ??= Life.begin(this.#parts, new CrashPlan()));
  }
}
