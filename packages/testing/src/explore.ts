// Crashes at every step: a scenario runs once undisturbed, and then again for each moment at which its process may die. A
// command that got no answer is sent again, with its id, to the process that comes after it. All commands must be answered
// as in the undisturbed run, and all durable actors end in the same states.
import { AssertionError } from "node:assert";
import { isDeepStrictEqual } from "node:util";
import type { Actor, ActorClass, AskFacade, Hosting } from "@aether/actor";
import { Client } from "./client.ts";
import type { CrashPoint } from "./crash-plan.ts";
import { BadScenario } from "./errors.ts";

/** What a scenario works with: somebody outside, who survives. */
export interface World {
  /** `ask` only: a tell that is lost with its process is nobody's fault. Every command has an id. */
  ref<A extends Actor>(actorClass: ActorClass<A>, id: string): { readonly ask: AskFacade<A> };
}

export type ExploredScenario = (world: World) => Promise<unknown>;

export interface ExploreOptions {
  /** What the process hosts, as for `createSystem`. */
  readonly actors: readonly (ActorClass | Hosting)[];
  /** Runs with a crash, at most; of more moments as many are taken, evenly spread. @default 1,000 */
  readonly maxRuns?: number;
}

export interface Explored {
  /** Moments at which the process may die: before and after each command and each call of the store. */
  readonly moments: number;
  /** Those at which it did. */
  readonly runs: number;
}

/**
 * @param scenario sends the same commands at each call; what it returns is compared too
 * @throws AssertionError naming the first moment at which a crash changes the outcome; BadScenario
 * (`TESTING_BAD_SCENARIO`) for a scenario without commands, or options that there are not
 */
export async function explore(scenario: ExploredScenario, options: ExploreOptions): Promise<Explored> {
  const { actors, maxRuns = 1_000 } = options;
  checkOptions(options, maxRuns);
  const undisturbed = await run(scenario, actors);
  const { moments } = undisturbed;
  if (undisturbed.answers.length === 0) {
    throw new BadScenario("explore: the scenario sends no command; use world.ref(…).ask.");
  }
  const chosen = spread(moments, maxRuns);
  for (const point of chosen) compare(await run(scenario, actors, point), undisturbed);
  return { moments: moments.length, runs: chosen.length };
}

/** Without a run, nothing would be looked at. */
function checkOptions(options: ExploreOptions, maxRuns: number): void {
  const unknown = Object.keys(options).find((name) => name !== "actors" && name !== "maxRuns");
  if (unknown !== undefined) throw new BadScenario(`explore: there is no "${unknown}"; there are actors, maxRuns.`);
  if (!Number.isSafeInteger(maxRuns) || maxRuns < 1) {
    throw new BadScenario(`explore: maxRuns is ${maxRuns}; use a whole number from 1.`);
  }
}

interface Outcome {
  readonly result: unknown;
  readonly answers: readonly unknown[];
  readonly states: Readonly<Record<string, unknown>>;
  readonly moments: readonly CrashPoint[];
  readonly diedAt: string | undefined;
}

async function run(scenario: ExploredScenario, actors: ExploreOptions["actors"], point?: CrashPoint): Promise<Outcome> {
  const client = new Client(actors, point);
  const result = await resultOf(scenario(client));
  const { answers, moments, diedAt } = client;
  return { result, answers, moments: [...moments], diedAt, states: await client.end() };
}

async function resultOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return { returned: await promise };
  } catch (error) {
    return { threw: error instanceof Error ? error.message : String(error) };
  }
}

function spread<T>(all: readonly T[], count: number): readonly T[] {
  if (all.length <= count) return all;
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as T);
}

function compare(disturbed: Outcome, undisturbed: Outcome): void {
  const differ = (what: string, actual: unknown, expected: unknown): void => {
    if (isDeepStrictEqual(actual, expected)) return;
    const shown = `${JSON.stringify(actual) ?? "undefined"} instead of ${JSON.stringify(expected) ?? "undefined"}`;
    const message = `with a crash ${disturbed.diedAt ?? "that did not come"}, ${what}: ${shown}`;
    throw new AssertionError({ message, actual, expected, operator: "deepStrictEqual" });
  };
  undisturbed.answers.forEach((answer, i) => differ(`command ${i + 1} is answered`, disturbed.answers[i], answer));
  differ("the number of commands is", disturbed.answers.length, undisturbed.answers.length);
  differ("the scenario ends with", disturbed.result, undisturbed.result);
  for (const [name, state] of Object.entries(undisturbed.states)) {
    differ(`the state of ${name} is`, disturbed.states[name], state);
  }
}
