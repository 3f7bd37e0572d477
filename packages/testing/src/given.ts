// `given(Account, events).when(…).expect(…)`: one actor, its past, what it is asked, and what comes of it. All of it runs on
// the real runtime. Nothing in the chain is a promise before `expect`, so that no `await` in between can end it early.
import { AssertionError } from "node:assert";
import type { Actor } from "@aether/actor";
import type { Codec, EventOf } from "@aether/persistence";
import { BadScenario } from "./errors.ts";
import { checkExpectation, compare, type Expectation } from "./expectation.ts";
import { unmetMessage } from "./fault-plan.ts";
import { checkRule, type StoreFaultRule } from "./fault-rule.ts";
import { look } from "./looking.ts";
import { type PastEvent, pastOf, type PastSnapshot, type PastThing } from "./past.ts";
import { type Command, play, type Step } from "./playing.ts";
import { Stage } from "./stage.ts";
import type { StandIn } from "./stand-in.ts";
import { Subject, type SubjectSource } from "./subject.ts";
import { WatchedAsks } from "./watched-asks.ts";

type StateOf<A> = A extends { state: infer S } ? S : never;

export interface Scenario<A extends Actor, Reply> {
  /** One command after the other. One that fails fails the test, unless it is the last, or the function catches it. */
  when<R>(command: Command<A, R>): Scenario<A, Awaited<R>>;
  /** The process ends in order and starts anew; what is not stored is gone. */
  restart(): Scenario<A, Reply>;
  /** Lets time pass, in milliseconds: timers fire. */
  after(ms: number): Scenario<A, Reply>;
  /** Stand-ins for the actors that this one speaks to: stubs and probes. */
  with(...standIns: readonly StandIn[]): Scenario<A, Reply>;
  /** What goes wrong with the store, of which each must happen. The past is stored before. */
  faults(...rules: readonly StoreFaultRule[]): Scenario<A, Reply>;
  /**
   * Runs it all. Whatever is expected, it is also looked that `apply` is a function of state and event alone, that no
   * snapshot loses anything, that the state is the fold of the events, and that no message got lost.
   * @throws AssertionError with the difference; BadScenario (`TESTING_BAD_SCENARIO`) for what cannot be expected
   */
  expect(expected: Expectation<EventOf<A>, StateOf<A>, Reply>): Promise<void>;
}

export interface GivenOptions {
  /** Of the actor. @default "subject" */
  readonly id?: string;
  /** As for `persistence`: how events and snapshots become bytes. @default JSON */
  readonly codec?: Codec | readonly Codec[];
}

const optionNames: readonly string[] = ["id", "codec"] satisfies (keyof GivenOptions)[];

/**
 * Begins a test of one actor. @param source its class, or a function that makes it: `() => new Order(fakePrices)`
 * @param events what it has behind it, stored one commit each; `past(event, { schema })` for those of older code, and first
 * `pastSnapshot(data, { snapshotVersion })` for what stands in place of deleted ones
 * @example await given(Account, [{ type: "deposited", amount: 50 }]).when((a) => a.withdraw(20)).expect({ reply: 30 });
 * @throws BadScenario (`TESTING_BAD_SCENARIO`)
 */
export function given<A extends Actor>(
  source: SubjectSource<A>,
  events: readonly (EventOf<A> | PastEvent | PastSnapshot)[] = [],
  options: GivenOptions = {},
): Scenario<A, undefined> {
  const subject = new Subject<A>(source);
  const unknown = Object.keys(options).find((name) => !optionNames.includes(name));
  if (unknown !== undefined) {
    throw new BadScenario(`given: there is no option "${unknown}"; there are ${optionNames.join(", ")}.`);
  }
  const { id = "subject", codec } = options;
  return new RunnableScenario<A, undefined>({ subject, id, codec, events, standIns: [], rules: [], steps: [] });
}

interface ScenarioParts<A extends Actor> {
  readonly subject: Subject<A>;
  readonly id: string;
  readonly events: readonly PastThing[];
  readonly codec: GivenOptions["codec"];
  readonly standIns: readonly StandIn[];
  readonly rules: readonly StoreFaultRule[];
  readonly steps: readonly Step<A>[];
}

class RunnableScenario<A extends Actor, Reply> implements Scenario<A, Reply> {
  readonly #parts: ScenarioParts<A>;

  constructor(parts: ScenarioParts<A>) {
    this.#parts = parts;
  }

  when<R>(command: Command<A, R>): Scenario<A, Awaited<R>> {
    if (typeof command !== "function") throw new BadScenario("when: give a function, such as (a) => a.deposit(5).");
    return this.#then<Awaited<R>>({ type: "when", command });
  }

  restart(): Scenario<A, Reply> {
    return this.#then({ type: "restart" });
  }

  after(ms: number): Scenario<A, Reply> {
    if (!(ms >= 0)) throw new BadScenario(`after: ms is ${ms}; time does not run backwards.`);
    return this.#then({ type: "after", ms });
  }

  with(...standIns: readonly StandIn[]): Scenario<A, Reply> {
    return new RunnableScenario({ ...this.#parts, standIns: [...this.#parts.standIns, ...standIns] });
  }

  faults(...rules: readonly StoreFaultRule[]): Scenario<A, Reply> {
    rules.forEach(checkRule);
    return new RunnableScenario({ ...this.#parts, rules: [...this.#parts.rules, ...rules] });
  }

  async expect(expected: Expectation<EventOf<A>, StateOf<A>, Reply>): Promise<void> {
    const { subject, id, codec, events, standIns, rules, steps } = this.#parts;
    const hasCommand = steps.some(({ type }) => type === "when");
    checkExpectation(expected, { hasCommand, hasState: subject.isDurable });
    const callsBefore = standIns.map(({ calls }) => calls.length);
    await using stage = new Stage<A>({ subject, id, codec, others: standIns, faults: rules });
    const past = pastOf(subject, events, stage.time.clock.wall());
    await stage.begin(past);
    const asks = new WatchedAsks();
    const outcome = await play(stage, steps, asks);
    await stage.settle();
    refuseDropped(asks);
    const durable = subject.isDurable ? await look(stage, { subject, id, codec, past }, outcome) : nothing;
    refuseUnheard(stage, { name: subject.name, hasFaults: rules.length > 0 });
    const calls = standIns.flatMap((one, i) => one.calls.slice(callsBefore[i]));
    compare(expected, { outcome, calls, dropped: asks.dropped, ...durable });
    const { unmet } = stage.faults; // last: what came instead tells more
    if (unmet.length > 0) throw new AssertionError({ message: unmetMessage(unmet) });
  }

  #then<R>(step: Step<A>): Scenario<A, R> {
    return new RunnableScenario<A, R>({ ...this.#parts, steps: [...this.#parts.steps, step] });
  }
}

const nothing = { events: [] as readonly unknown[], state: undefined as unknown };

function refuseDropped({ droppedFailures }: WatchedAsks): void {
  if (droppedFailures.length === 0) return;
  const what = droppedFailures.join("; ");
  throw new AssertionError({ message: `a command failed whose answer when neither returned nor awaited: ${what}` });
}

/** With faults the actor may well fail so. */
function refuseUnheard<A extends Actor>(
  { lost, unheard }: Stage<A>,
  { name, hasFaults }: { name: string; hasFaults: boolean },
): void {
  if (lost.length > 0) {
    const message = `messages got lost (for those that nobody hosts add stubs): ${lost.join("; ")}`;
    throw new AssertionError({ message });
  }
  if (unheard.length === 0 || hasFaults) return;
  throw new AssertionError({ message: `${name} failed, and no caller was told: ${unheard.join("; ")}` });
}
