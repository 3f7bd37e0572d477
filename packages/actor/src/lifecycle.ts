// The life of a cell as an XState statechart: the executable specification. It is flat and without guards, delays or
// context, so it compiles at load into a table, and a step costs an array look-up. What the table refuses is a bug.
import { type AnyStateMachine, createMachine, transition } from "xstate";

export const lifecycleEvents = [
  "created", // the object exists
  "recovered", // its state is loaded, its mailbox opens
  "fail", // it could not be created or recovered
  "restart", // its turn failed, its commit was refused, or a child could not start: the object is made anew
  "passivate", // leave memory in order
  "fence", // another writer took over: leave at once
  "left", // nothing of it is left behind
] as const;
export type LifecycleEvent = (typeof lifecycleEvents)[number];

export const lifecycleStates = [
  "starting",
  "recovering",
  "running",
  "restarting",
  "passivating",
  "failed",
  "stopped",
] as const;
export type LifecycleState = (typeof lifecycleStates)[number];

/** The statechart itself; `docs/actors.md` draws it. */
export const lifecycleMachine: AnyStateMachine = createMachine({
  id: "cell",
  initial: "starting",
  states: {
    starting: { on: { created: "recovering", fail: "failed", restart: "restarting", fence: "stopped" } },
    recovering: { on: { recovered: "running", fail: "failed", restart: "restarting", fence: "stopped" } },
    running: { on: { restart: "restarting", passivate: "passivating", fence: "stopped" } },
    restarting: { on: { created: "recovering", fail: "failed", passivate: "passivating", fence: "stopped" } },
    passivating: { on: { left: "stopped", restart: "restarting", fence: "stopped" } },
    failed: { on: { left: "stopped" } },
    stopped: { type: "final" },
  },
});

type Row = Readonly<Record<LifecycleEvent, LifecycleState | undefined>>;

const table = Object.fromEntries(lifecycleStates.map((state) => [state, compile(state)])) as Readonly<
  Record<LifecycleState, Row>
>;

function compile(state: LifecycleState): Row {
  const from = lifecycleMachine.resolveState({ value: state, context: {} });
  const row = lifecycleEvents.map((event) => {
    const [next] = transition(lifecycleMachine, from, { type: event });
    const value = next.value as LifecycleState;
    return [event, value === state ? undefined : value];
  });
  return Object.fromEntries(row) as Row;
}

/** The state after the event, or `undefined` where the statechart does not allow it. */
export function nextState(state: LifecycleState, event: LifecycleEvent): LifecycleState | undefined {
  return table[state][event];
}
