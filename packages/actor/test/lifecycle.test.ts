import { lifecycleEvents, lifecycleMachine, lifecycleStates, nextState } from "@aether/actor";
import { expect, it } from "vitest";
import { createActor, getNextSnapshot } from "xstate";

/** The chart once more, by hand: a change of the life of actors is to be made on purpose, in two places. */
const chart: Record<string, Record<string, string>> = {
  starting: { created: "recovering", fail: "failed", restart: "restarting", fence: "stopped" },
  recovering: { recovered: "running", fail: "failed", restart: "restarting", fence: "stopped" },
  running: { restart: "restarting", passivate: "passivating", fence: "stopped" },
  restarting: { created: "recovering", fail: "failed", passivate: "passivating", fence: "stopped" },
  passivating: { left: "stopped", restart: "restarting", fence: "stopped" },
  failed: { left: "stopped" },
  stopped: {},
};

const pairs = lifecycleStates.flatMap((state) => lifecycleEvents.map((event) => [state, event] as const));

it.each(pairs)("in %s, %s leads where the chart says, interpreted by XState and in the table", (state, event) => {
  const from = lifecycleMachine.resolveState({ value: state, context: {} });
  const interpreted = getNextSnapshot(lifecycleMachine, from, { type: event });
  expect(interpreted.value).toBe(chart[state]?.[event] ?? state);
  expect(nextState(state, event)).toBe(chart[state]?.[event]);
});

it("begins at starting, reaches every state, and only stopped is final", () => {
  const initial = createActor(lifecycleMachine).start().getSnapshot();
  expect(initial.value).toBe("starting");
  const reached = new Set<string>(["starting"]);
  for (const state of reached) for (const next of Object.values(chart[state] ?? {})) reached.add(next);
  expect([...reached].toSorted()).toEqual([...lifecycleStates].toSorted());
  for (const state of lifecycleStates) {
    const ways = lifecycleEvents.filter((event) => nextState(state, event) !== undefined);
    expect(ways.length === 0).toBe(state === "stopped");
  }
});
