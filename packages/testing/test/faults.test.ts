// What can go wrong with stores, the link between nodes and the event bus, said in one way.
import { createVirtualTime } from "@aether/actor/testing";
import type { EventSubscription } from "@aether/cluster";
import { explore, type FaultRule, faultPlan, given, type LocalCluster, localCluster } from "@aether/testing";
import { memory } from "@aether/persistence/memory";
import { describe, expect, it } from "vitest";
import { Account } from "./account.ts";

const deposited = { type: "deposited", amount: 50 } as const;

describe("a store that fails", () => {
  it.each([
    [{ at: "append", nth: 1, fault: { type: "throw-before" } }],
    [{ at: "append", nth: 1, fault: { type: "throw-after" } }],
    [{ at: "append", nth: [1, 3], fault: { type: "throw-after" } }],
    [{ at: "append", fault: { type: "delay", ms: 300 } }],
    [{ at: "head", nth: 1, fault: { type: "throw-before" } }],
    [{ at: "takeover", nth: 1, fault: { type: "throw-after" } }],
    [{ at: "load", actor: "account", fault: { type: "delay", ms: 10 } }],
  ] as const)("does not show in the reply with %j", async (rule: FaultRule) => {
    await given(Account, [deposited])
      .faults(rule as never)
      .when((account) => account.withdraw(20))
      .expect({ reply: 30, events: [{ type: "withdrawn", amount: 20 }], state: { balance: 30 } });
  });

  it("makes a command fail that it rejects", async () => {
    await given(Account, [deposited])
      .faults({ at: "append", actor: "account/subject", fault: { type: "rejected", reason: "full" } })
      .when((account) => account.withdraw(20))
      .expect({ error: "PERSISTENCE_COMMIT_REJECTED", events: [], state: { balance: 50 } });
  });

  it("shows to be behind: what was read is not what is stored, and the fence says so", async () => {
    await given(Account, [deposited, deposited])
      .faults({ at: "head", nth: 1, fault: { type: "stale" } })
      .when((account) => account.withdraw(60))
      .when((account) => account.balance())
      .expect({ reply: 40 });
  });

  it("may lack the last commit that was read, which is noticed", async () => {
    await given(Account, [deposited, deposited, deposited])
      .faults({ at: "read", nth: 1, fault: { type: "stale" } })
      .when((account) => account.balance())
      .expect({ reply: 150 });
  });

  it("fails the test when the fault never happened", async () => {
    const scenario = given(Account, [deposited])
      .faults({ at: "append", nth: 2, actor: "account/subject", fault: { type: "throw-after" } })
      .when((account) => account.withdraw(20));
    await expect(scenario.expect({ reply: 30 })).rejects.toThrow(
      "the test met none of these faults: throw-after at append 2 actor account/subject",
    );
  });

  it("goes on failing the same way in each run", async () => {
    const scenario = given(Account)
      .faults({ at: "append", nth: 1, fault: { type: "throw-after" } })
      .when((account) => account.deposit(1));
    await scenario.expect({ reply: 1 });
    await scenario.expect({ reply: 1 });
  });

  it("can be explored, crash by crash", async () => {
    const faults = [
      { at: "append", actor: "account/alice", nth: 1, fault: { type: "throw-after" } },
      { at: "head", actor: "account/bob", nth: 1, fault: { type: "throw-before" } },
    ] as const;
    const scenario = async (world: Parameters<Parameters<typeof explore>[0]>[0]): Promise<void> => {
      await world.ref(Account, "alice").ask.deposit(5);
      await world.ref(Account, "bob").ask.deposit(6);
    };
    const { runs } = await explore(scenario, { actors: [Account], faults });
    expect(runs).toBeGreaterThan(10);
    const late = [{ at: "save", nth: 9, fault: { type: "conflict" } }] as const;
    await expect(explore(scenario, { actors: [Account], faults: late })).rejects.toThrow(
      "the test met none of these faults: conflict at save 9",
    );
  });
});

/** An id whose actor lives on the node. */
function idAt(nodes: LocalCluster, node: string): string {
  for (let i = 0; ; i++) if (nodes.ownerOf(Account, `a${i}`) === node) return `a${i}`;
}

const isFrame = (line: string): boolean => line.includes("frame");

describe("a link between nodes", () => {
  it.each([[{ type: "lose" }], [{ type: "duplicate" }], [{ type: "delay", ms: 200 }]] as const)(
    "with %j at one frame does every command once",
    async (fault) => {
      await using nodes = await localCluster({ nodes: 2, actors: [Account] });
      const account = nodes.ref(Account, idAt(nodes, "node-2"));
      await nodes.within(account.ask.deposit(1));
      nodes.faults.begin({ at: "frame", from: "node-1", to: "node-2", nth: 1, fault });
      nodes.faults.begin({ at: "frame", from: "node-2", to: "node-1", nth: 2, fault });
      for (let balance = 2; balance <= 5; balance++) expect(await nodes.within(account.ask.deposit(1))).toBe(balance);
      expect(nodes.faults.met.filter(isFrame)).toEqual([
        `${fault.type}: frame from node-1 to node-2`,
        `${fault.type}: frame from node-2 to node-1`,
      ]);
    },
  );

  it("that is cut one way lets nothing through there, and all the other way", async () => {
    await using nodes = await localCluster({ nodes: 2, actors: [Account], leaseMs: 60_000 });
    const there = nodes.ref(Account, idAt(nodes, "node-2"), "node-1");
    const here = nodes.ref(Account, idAt(nodes, "node-1"), "node-1");
    await nodes.within(there.ask.deposit(1));
    const heal = nodes.faults.begin({ at: "link", from: "node-1", to: "node-2", fault: { type: "lose" } });
    const lost = nodes.within(there.with({ timeoutMs: 1_000 }).ask.deposit(1));
    await expect(lost).rejects.toMatchObject({ code: "ACTOR_ASK_TIMEOUT" });
    expect(await nodes.within(here.ask.deposit(7))).toBe(7);
    heal();
    expect(await nodes.within(there.ask.balance())).toBe(1);
    expect(nodes.faults.met.every((line) => line.endsWith("from node-1 to node-2"))).toBe(true);
  });

  it("that delays keeps the order", async () => {
    await using nodes = await localCluster({ nodes: 2, actors: [Account] });
    const account = nodes.ref(Account, idAt(nodes, "node-2"));
    await nodes.within(account.ask.deposit(1));
    nodes.faults.begin({ at: "frame", from: "node-1", nth: 1, fault: { type: "delay", ms: 150 } });
    const first = account.ask.deposit(10);
    await nodes.time.advance(10);
    const second = account.ask.deposit(100);
    expect(await nodes.within(Promise.all([first, second]))).toEqual([11, 111]);
    expect(nodes.faults.unmet).toEqual([]);
  });
});

interface Followed {
  readonly nodes: LocalCluster;
  readonly balances: number[];
  readonly subscription: EventSubscription;
}

/** Three deposits at node-2, told to a subscriber at node-1. */
async function follow(faults: readonly FaultRule[]): Promise<Followed> {
  const nodes = await localCluster({ nodes: 2, actors: [Account], faults });
  const balances: number[] = [];
  const bus = nodes.eventBus("node-1");
  const subscription = await nodes.within(
    bus.subscribeToEventStored({ actor: Account }, ({ event }) => void balances.push(event.amount)),
  );
  for (const amount of [1, 2, 3]) await nodes.within(nodes.ref(Account, idAt(nodes, "node-2")).ask.deposit(amount));
  return { nodes, balances, subscription };
}

describe("the event bus of a local cluster", () => {
  it("tells what any node stored, on each", async () => {
    const { nodes, balances, subscription } = await follow([]);
    await nodes.within(subscription.drain());
    expect(balances).toEqual([1, 2, 3]);
    await nodes[Symbol.asyncDispose]();
  });

  it.each([
    [{ at: "tell", nth: 2, fault: { type: "lose" } }, [1, 2, 3]],
    [{ at: "tell", nth: 3, fault: { type: "lose" } }, [1, 2, 3]],
    [{ at: "tell", fault: { type: "duplicate" } }, [1, 2, 3]],
    [{ at: "tell", nth: 1, fault: { type: "delay", ms: 400 } }, [1, 2, 3]],
    [{ at: "tell", nth: 2, fault: { type: "disconnect", ms: 3_000 } }, [1, 2, 3]],
    [{ at: "handle", nth: 2, fault: { type: "duplicate" } }, [1, 2, 2, 3]],
    [{ at: "handle", nth: 2, fault: { type: "throw-after" } }, [1, 2, 2, 3]],
    [{ at: "handle", nth: 2, fault: { type: "throw-before" } }, [1, 2, 3]],
    [{ at: "handle", actor: "account", node: "node-1", fault: { type: "delay", ms: 50 } }, [1, 2, 3]],
  ] as const)("with %j tells in order %j", async (rule: FaultRule, told) => {
    const { nodes, balances, subscription } = await follow([rule]);
    await nodes.time.advance(4_000);
    await nodes.within(subscription.drain());
    expect(balances).toEqual(told);
    expect(nodes.faults.unmet).toEqual([]);
    await nodes[Symbol.asyncDispose]();
  });

  it("does not answer while it is disconnected, and is read again afterwards", async () => {
    // The first commit is empty: the nodes have only just joined, so another one might have had the actor.
    const { nodes, balances } = await follow([{ at: "tell", nth: 3, fault: { type: "disconnect", ms: 2_000 } }]);
    await nodes.time.advance(1_500);
    expect(balances).toEqual([1]);
    await nodes.time.advance(1_000);
    expect(balances).toEqual([1, 2, 3]);
    await nodes[Symbol.asyncDispose]();
  });

  it("goes on behind its checkpoint where a node is killed in the middle of an event", async () => {
    await using nodes = await localCluster({ nodes: 2, actors: [Account] });
    const account = nodes.ref(Account, idAt(nodes, "node-2"), "node-2");
    const seen: string[] = [];
    const subscribe = (node: string, handle: (amount: number) => Promise<void>): Promise<EventSubscription> =>
      nodes.within(
        nodes
          .eventBus(node)
          .subscribeToEventStored(
            { actor: Account, name: "sums", checkpointEvery: 1, from: "start" },
            async ({ event: { amount } }) => {
              seen.push(`${node} ${amount}`);
              await handle(amount);
            },
          ),
      );
    await subscribe("node-1", async (amount) => {
      if (amount === 2) nodes.kill("node-1");
    });
    for (const amount of [1, 2, 3]) await nodes.within(account.ask.deposit(amount));
    await nodes.time.advance(5_000);
    expect(seen).toEqual(["node-1 1", "node-1 2"]);
    const next = await subscribe("node-2", async () => undefined);
    await nodes.within(next.drain());
    expect(seen.slice(2)).toEqual(["node-2 2", "node-2 3"]);
  });
});

it("hands nothing that waits to a subscriber whose node is killed", async () => {
  await using nodes = await localCluster({ nodes: 2, actors: [Account] });
  const account = nodes.ref(Account, idAt(nodes, "node-2"), "node-2");
  const seen: number[] = [];
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await nodes.within(
    nodes.eventBus("node-1").subscribeToEventStored({ actor: Account }, ({ event }) => {
      seen.push(event.amount);
      return held;
    }),
  );
  for (const amount of [1, 2, 3]) await nodes.within(account.ask.deposit(amount));
  await nodes.time.advance(10);
  nodes.kill("node-1");
  release();
  await nodes.time.advance(1_000);
  expect(seen).toEqual([1]);
});

describe("rules of faults", () => {
  it.each([
    [{ at: "apend", fault: { type: "lose" } }, 'there is no at "apend"; there are head'],
    [{ at: "append", fault: { type: "lose" } }, 'at "append" the fault is {"type":"lose"}; use'],
    [{ at: "append", fault: "rejected" }, 'the fault is "rejected"; use { type: … } with'],
    [{ at: "append", form: "node-1", fault: { type: "conflict" } }, 'at "append" there is no "form"'],
    [{ at: "frame", actor: "account", fault: { type: "lose" } }, 'there is no "actor"'],
    [{ at: "head", fault: { type: "delay", mss: 5 } }, '"delay" has no "mss"; there are type, ms, next'],
    [{ at: "head", fault: { type: "delay" } }, 'ms of "delay" is undefined; use a number of milliseconds from 0'],
    [{ at: "head", fault: { type: "delay", ms: -1 } }, 'ms of "delay" is -1'],
    [{ at: "append", fault: { type: "rejected", reson: "full" } }, '"rejected" has no "reson"; there are type, reason'],
    [{ at: "append", fault: { type: "throw-after", ms: 1 } }, '"throw-after" has no "ms"; there are type.'],
    [{ at: "read", fault: { type: "corrupt", change: {} } }, 'change of "corrupt" is {}; use a function'],
    [{ at: "read", fault: { type: "wait", until: 5 } }, 'until of "wait" is 5; use a promise'],
    [{ at: "frame", fault: { type: "delay", ms: 1, next: { type: "lose" } } }, '"delay" has no "next"'],
    [{ at: "append", fault: { type: "delay", ms: 1, next: { type: "lose" } } }, 'the fault is {"type":"lose"}; use'],
    [{ at: "tell", fault: { type: "disconnect", ms: "5" } }, 'ms of "disconnect" is "5"'],
    [{ at: "append", nth: 0, fault: { type: "conflict" } }, "nth is 0"],
    [{ at: "append", nth: [3, 2], fault: { type: "conflict" } }, "nth is [3,2]"],
  ])("that nothing would meet are refused: %j", (rule, message) => {
    expect(() => faultPlan([rule as unknown as FaultRule])).toThrow(message);
  });

  it("count the calls that they are about, of an actor or all", async () => {
    const { scheduler } = createVirtualTime();
    const plan = faultPlan([{ at: "head", actor: "a/2", nth: 2, fault: { type: "throw-before" } }]);
    const { events } = await plan.store(memory(), { scheduler }).open({ systemName: "t", warn: () => undefined });
    for (const id of ["1", "2", "1"]) expect(await events.head({ type: "a", id })).toBeUndefined();
    await expect(events.head({ type: "a", id: "2" })).rejects.toThrow("injected");
    expect(await events.head({ type: "a", id: "2" })).toBeUndefined();
    expect(plan.met).toEqual(["throw-before: head of a/2"]);
  });

  it("end when they are told to", async () => {
    const plan = faultPlan();
    const { events } = await plan.store(memory()).open({ systemName: "t", warn: () => undefined });
    const end = plan.begin({ at: "head", fault: { type: "throw-before" } });
    await expect(events.head({ type: "a", id: "1" })).rejects.toThrow("injected");
    end();
    expect(await events.head({ type: "a", id: "1" })).toBeUndefined();
  });
});
