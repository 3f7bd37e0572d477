// Every simple path of the lifecycle statechart, driven on a real cell: whatever the chart allows is to be possible, and
// to lead where it says. What no cell can do is listed with its reason.
import {
  Actor,
  type ActorBase,
  type ActorRef,
  type Durability,
  type DurableCell,
  type DurableState,
  host,
  type LifecycleEvent,
  lifecycleEvents,
  lifecycleMachine,
  type LifecycleState,
  type Plugin,
  port,
  type Supervision,
} from "@aether/actor";
import { beforeEach, describe, expect, it } from "vitest";
import { getSimplePaths } from "xstate/graph";
import type { Cell } from "../src/cell.ts";
import type { CellRegistry } from "../src/local-actors.ts";
import { type Harness, start } from "./harness.ts";

interface Step {
  readonly from: LifecycleState;
  readonly event: LifecycleEvent;
  readonly to: LifecycleState;
}
const paths: Step[][] = getSimplePaths(lifecycleMachine, { events: lifecycleEvents.map((type) => ({ type })) })
  .map(({ steps }) => steps.filter(({ event }) => (event.type as string) !== "xstate.init"))
  .map((steps) =>
    steps.map(({ event, state }, i) => ({
      from: (i === 0 ? "starting" : steps[i - 1]?.state.value) as LifecycleState,
      event: event.type as LifecycleEvent,
      to: state.value as LifecycleState,
    })),
  )
  .filter((path) => path.length > 0);
const nameOf = (path: readonly Step[]): string => path.map(({ event }) => event).join(", ");

/** Where code of the actor waits until the test lets it go on. */
const points = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
const at = (name: string): Promise<void> =>
  new Promise((resolve, reject) => points.set(name, { resolve: () => resolve(), reject }));
function go(name: string, failure?: string): void {
  const point = points.get(name);
  if (point === undefined) throw new Error(`nobody waits at ${name}`);
  points.delete(name);
  if (failure === undefined) point.resolve();
  else point.reject(new Error(failure));
}
/** Whether the next end of an object, or flush, waits. */
let isHeld = false;
let durableCell: DurableCell | undefined;
beforeEach(() => {
  points.clear();
  isHeld = false;
  durableCell = undefined;
});

const backoff: Supervision = { minBackoffMs: 100, jitter: 0 };
/** The message of the error says what is to become of the actor. */
const bySay: Supervision = {
  ...backoff,
  onFailure: (error) => ((error as Error).message === "stop" ? "stop" : "restart"),
};
const create = <A extends Actor>(actorClass: new () => A) => ({
  create: async () => {
    await at("create");
    return new actorClass();
  },
});

/** A volatile child; an ask of each failing turn waits at its gate. */
class Child extends Actor {
  static type = "child";
  override onStart(): Promise<void> {
    return this.#failWithAsk("onStart");
  }
  work(): Promise<void> {
    return this.#failWithAsk("work");
  }
  nothing(): void {}
  override async onStop(): Promise<void> {
    if (isHeld) await at("end");
  }
  async #failWithAsk(point: string): Promise<void> {
    try {
      await at(point);
    } catch (error) {
      this.ctx
        .ref(Parent, "sink")
        .ask.nothing()
        .catch(() => undefined);
      throw error;
    }
  }
}
class Parent extends Actor {
  static type = "parent";
  #child: ActorRef<Child> | undefined;
  spawn(): ActorRef<Child> {
    return (this.#child = this.ctx.spawn(Child, { ...create(Child), supervision: bySay }));
  }
  work(): void {
    this.#child?.tell.work();
  }
  nothing(): void {}
}

const keeping = port<Durability>("keeping");
abstract class Kept extends Actor {
  static override readonly "~base": ActorBase = { name: "Kept", hooks: [], durability: keeping };
}
class Account extends Kept {
  static type = "account";
  nothing(): void {}
  crash(): never {
    throw new Error("restart");
  }
}
const state: DurableState = {
  version: 0,
  hasUnsealedChanges: false,
  recover: () => at("recover"),
  begin: () => undefined,
  end: () => undefined,
  discard: () => false,
  passEnded: () => undefined,
  flush: () => (isHeld ? at("end") : Promise.resolve()),
  close: () => undefined,
};
const keeper: Plugin = {
  name: "keeper",
  install: (host) =>
    host.provide(keeping, {
      check: () => undefined,
      open: (_, cell) => {
        durableCell = cell;
        return state;
      },
    }),
};

type Drive = (t: Harness, event: LifecycleEvent) => unknown;
interface Kind {
  readonly name: string;
  /** Brings a cell into memory, whose `create` waits. */
  begin(t: Harness): Promise<Cell>;
  readonly drive: Partial<Record<`${LifecycleState} ${LifecycleEvent}`, Drive>>;
}

const abandon: Drive = (t) => t.local.abandon(() => true);
const fence: Drive = () => durableCell?.fenced("another writer");
const leave: Drive = (t) => void t.local.release(() => true);
const leaveSlowly: Drive = (t, event) => {
  isHeld = true;
  return leave(t, event);
};
const left: Drive = async (t) => {
  t.permit(true);
  t.local.reopenGates();
  await t.time.settle();
  if (points.has("end")) go("end");
};
/** A cell that restarts waits for its backoff first. */
const afterBackoff =
  (failure?: string): Drive =>
  async (t) => {
    await t.time.advance(100);
    go("create", failure);
  };
/** What the failing turn sent stays at the gate. */
const failAt =
  (point: string, failure: string): Drive =>
  (t) => {
    t.permit(false);
    go(point, failure);
  };
const common: Kind["drive"] = {
  "starting created": () => go("create"),
  "starting fail": () => go("create", "stop"),
  "starting fence": abandon,
  "running passivate": leaveSlowly,
  "restarting created": afterBackoff(),
  "restarting fail": afterBackoff("stop"),
  "restarting passivate": leave,
  "restarting fence": abandon,
  "passivating left": left,
  "failed left": () => undefined,
};

const kinds: readonly Kind[] = [
  {
    name: "a volatile child",
    async begin(t) {
      const { address } = await t.system.ref(Parent, "p").ask.spawn();
      return address.resident as Cell;
    },
    drive: {
      ...common,
      "starting restart": failAt("create", "restart"),
      "recovering recovered": () => go("onStart"),
      "recovering fail": () => go("onStart", "stop"),
      "recovering restart": failAt("onStart", "restart"),
      "recovering fence": abandon,
      "running restart": async (t, event) => {
        await t.system.ref(Parent, "p").ask.work();
        await t.time.settle();
        return failAt("work", "restart")(t, event);
      },
      "running fence": abandon,
      "passivating fence": abandon,
    },
  },
  {
    name: "a durable virtual actor",
    async begin(t) {
      const ref = t.system.ref(Account, "a");
      ref.tell.nothing();
      await t.time.settle();
      return (t.local as CellRegistry).types.get("account")?.cells.get("a") as Cell;
    },
    drive: {
      ...common,
      "recovering recovered": () => go("recover"),
      "recovering fail": () => go("recover", "no history"),
      "recovering fence": fence,
      "running restart": (t) => {
        t.permit(false);
        t.system.ref(Account, "a").tell.crash();
        t.system
          .ref(Account, "a")
          .ask.nothing()
          .catch(() => undefined);
      },
      "running fence": fence,
      "passivating restart": () => durableCell?.refused(1, new Error("refused")),
      "passivating fence": abandon,
    },
  },
];

/** Drives the path. @returns the states that the cell went through @throws Error where it goes on by itself */
async function follow(kind: Kind, path: readonly Step[]): Promise<LifecycleState[]> {
  const actors = [Parent, host(Account, { ...create(Account), supervision: backoff })];
  await using t = await start(actors, { plugins: [keeper], hasPermit: true });
  const cell = await kind.begin(t);
  await t.time.settle();
  const trace = [cell.state];
  let current = cell.state;
  Object.defineProperty(cell, "state", {
    get: () => current,
    set(next: LifecycleState) {
      current = next;
      trace.push(next);
    },
  });
  for (const [i, { from, event, to }] of path.entries()) {
    // What has nothing to wait for leaves without being told to.
    if (event !== "left" && trace.length !== i + 1) throw new Error(`"${event}" comes too late: ${trace.join(", ")}`);
    await kind.drive[`${from} ${event}`]?.(t, event);
    await t.time.settle();
    expect(trace[i + 1]).toBe(to);
  }
  return trace.slice(0, path.length + 1);
}

const isDriven = (kind: Kind, path: readonly Step[]): boolean =>
  path.every(({ from, event }) => kind.drive[`${from} ${event}`] !== undefined);

/** By the events that lead there. */
const impossible: Record<string, string> = {
  "restart, passivate, fence": "a child that never had an object has nothing to wait for: it leaves at once",
};

describe.each(kinds)("$name", (kind) => {
  it.each(
    paths
      .filter((path) => isDriven(kind, path) && !(nameOf(path) in impossible))
      .map((path) => [nameOf(path), path] as const),
  )("%s", async (_, path) => {
    expect(await follow(kind, path)).toEqual(["starting", ...path.map(({ to }) => to)]);
  });
});

it("every path is driven, except for those that no cell can take", () => {
  expect(paths.length).toBeGreaterThan(20);
  const rest = paths.filter((path) => nameOf(path) in impossible || !kinds.some((kind) => isDriven(kind, path)));
  expect(rest.map(nameOf)).toEqual(Object.keys(impossible));
});

it.each(Object.entries(impossible))("no cell can take %s: %s", async (name) => {
  const path = paths.find((one) => nameOf(one) === name) as Step[];
  const able = kinds.filter((kind) => isDriven(kind, path));
  expect(able).not.toEqual([]);
  for (const kind of able) await expect(follow(kind, path)).rejects.toThrow("comes too late");
});
