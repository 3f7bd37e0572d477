// Crashes at every step: a scenario runs once undisturbed, and then again for each moment at which its process may die. A
// command that got no answer is sent again, with its id, to the process that comes after it. All commands must be answered
// as in the undisturbed run, and all durable actors end in the same states.
import { AssertionError } from "node:assert";
import { isDeepStrictEqual } from "node:util";
import type { Actor, ActorClass, AskFacade, Hosting } from "@aether/actor";
import type { Codec } from "@aether/persistence";
import { Client } from "./client.ts";
import type { CrashPoint } from "./crash-plan.ts";
import { BadScenario } from "./errors.ts";
import { unmetMessage } from "./fault-plan.ts";
import type { StoreFaultRule } from "./fault-rule.ts";
import type { StandIn } from "./stand-in.ts";

/** What a scenario works with: somebody outside, who survives. */
export interface World {
  /** `ask` only: a tell that is lost with its process is nobody's fault. Every command has an id. */
  ref<A extends Actor>(actorClass: ActorClass<A>, id: string): { readonly ask: AskFacade<A> };
}

export type ExploredScenario = (world: World) => Promise<unknown>;

export interface ExploreOptions {
  /** What the process hosts, as for `createSystem`; stubs as well. */
  readonly actors: readonly (ActorClass | Hosting | StandIn)[];
  /** What goes wrong with the store in every run, crash or not. Each must happen in the undisturbed one. @default nothing */
  readonly faults?: readonly StoreFaultRule[];
  /** As for `persistence`: how events and snapshots become bytes. @default JSON */
  readonly codec?: Codec | readonly Codec[];
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
 * @throws what it throws without any crash; AssertionError naming the first moment at which a crash changes the outcome; BadScenario
 * (`TESTING_BAD_SCENARIO`) for a scenario without commands, or options that there are not
 */
export async function explore(scenario: ExploredScenario, options: ExploreOptions): Promise<Explored> {
  const { maxRuns = 1_000 } = options;
  checkOptions(options, maxRuns);
  const undisturbed = await run(scenario, options);
  const { moments } = undisturbed;
  if (undisturbed.answers.length === 0) {
    throw new BadScenario("explore: the scenario sends no command; use world.ref(…).ask.");
  }
  if (undisturbed.thrown !== undefined) throw undisturbed.thrown; // it would throw the same with every crash
  if (undisturbed.droppedFailures.length > 0) {
    const what = undisturbed.droppedFailures.join("; ");
    throw new AssertionError({ message: `a command failed whose answer the scenario did not await: ${what}` });
  }
  if (undisturbed.unmet.length > 0) throw new AssertionError({ message: unmetMessage(undisturbed.unmet) });
  const tries = async (point: CrashPoint): Promise<AssertionError | undefined> =>
    difference(await run(scenario, options, point), undisturbed);
  const chosen = spread(moments, maxRuns);
  for (const [i, point] of chosen.entries()) {
    const failure = await tries(point);
    if (failure === undefined) continue;
    // Moments between it and the one before that was good were left out.
    const from = i === 0 ? 0 : moments.indexOf(chosen[i - 1] as CrashPoint) + 1;
    for (const earlier of moments.slice(from, moments.indexOf(point))) {
      const smaller = await tries(earlier);
      if (smaller !== undefined) throw smaller;
    }
    throw failure;
  }
  return { moments: moments.length, runs: chosen.length };
}

const optionNames: readonly string[] = ["actors", "faults", "codec", "maxRuns"] satisfies (keyof ExploreOptions)[];

/** Without a run, nothing would be looked at. */
function checkOptions(options: ExploreOptions, maxRuns: number): void {
  const unknown = Object.keys(options).find((name) => !optionNames.includes(name));
  if (unknown !== undefined) {
    throw new BadScenario(`explore: there is no "${unknown}"; there are ${optionNames.join(", ")}.`);
  }
  if (!Number.isSafeInteger(maxRuns) || maxRuns < 1) {
    throw new BadScenario(`explore: maxRuns is ${maxRuns}; use a whole number from 1.`);
  }
}

interface Run extends Pick<Client, "answers" | "asked" | "droppedFailures" | "plan" | "unmet"> {
  readonly result: unknown;
  /** What the scenario itself threw. */
  readonly thrown: Error | undefined;
  /** Before it ends in order. */
  readonly moments: readonly CrashPoint[];
  readonly states: Readonly<Record<string, unknown>>;
}

async function run(
  scenario: ExploredScenario,
  { actors, faults, codec }: ExploreOptions,
  point?: CrashPoint,
): Promise<Run> {
  const client = new Client({ actors, codec }, { point, ...(faults && { rules: faults }) });
  const ended = await resultOf(scenario(client));
  const result = ended.thrown === undefined ? { returned: ended.returned } : { threw: ended.thrown.message };
  const moments = [...client.plan.moments];
  const states = await client.end();
  const { answers, asked, droppedFailures, plan, unmet } = client;
  return { result, thrown: ended.thrown, moments, answers, asked, droppedFailures, plan, unmet, states };
}

async function resultOf(
  promise: Promise<unknown>,
): Promise<{ readonly returned?: unknown; readonly thrown?: Error | undefined }> {
  try {
    return { returned: await promise };
  } catch (error) {
    return { thrown: error instanceof Error ? error : new Error(String(error)) };
  }
}

function spread<T>(all: readonly T[], count: number): readonly T[] {
  if (all.length <= count) return all;
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as T);
}

/** The first thing that a crash has changed. */
function difference(disturbed: Run, undisturbed: Run): AssertionError | undefined {
  const { plan } = disturbed;
  const found = firstOf(disturbed, undisturbed);
  if (found === undefined) return undefined;
  const { what, actual, expected } = found;
  const shown = `${JSON.stringify(actual) ?? "undefined"} instead of ${JSON.stringify(expected) ?? "undefined"}`;
  const where = plan.diedAt ?? "that did not come";
  const calls = plan.calls.map((call, i) => `  ${i + 1} ${call}`);
  const message = `with a crash ${where}, ${what}: ${shown}\nthe process that died had made these calls:\n${calls.slice(-maxCalls).join("\n")}`;
  return new AssertionError({ message, actual, expected });
}

/** More would not be read. */
const maxCalls = 12;

interface Difference {
  readonly what: string;
  readonly actual: unknown;
  readonly expected: unknown;
}

function firstOf(disturbed: Run, undisturbed: Run): Difference | undefined {
  const { answers, asked } = undisturbed;
  const all: Difference[] = [
    ...answers.map((expected, i) => ({
      what: `command ${i + 1} (${asked[i] ?? ""}) is answered`,
      actual: disturbed.answers[i],
      expected,
    })),
    { what: "the number of commands is", actual: disturbed.answers.length, expected: answers.length },
    { what: "the scenario ends with", actual: disturbed.result, expected: undisturbed.result },
    ...Object.entries(undisturbed.states).map(([name, expected]) => ({
      what: `the state of ${name} is`,
      actual: disturbed.states[name],
      expected,
    })),
  ];
  return all.find(({ actual, expected }) => !isDeepStrictEqual(actual, expected));
}
