// How spawned actors end: with their parent, by themselves, and by failing.
import { Actor, host } from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { begin, Child, counts, forget, lend, o, Other, p, Parent, seen } from "./family.ts";
import { type Harness, start, watch } from "./harness.ts";

beforeEach(forget);

async function family(t: Harness): Promise<void> {
  for (const name of ["a", "b"]) {
    await p(t).ask.spawn({ name });
    await p(t).ask.nest(name, "x", "y");
  }
  await t.time.settle();
}
const inOrder = [
  "child/b/child/y ends",
  "child/b/child/x ends",
  "child/b ends",
  "child/a/child/y ends",
  "child/a/child/x ends",
  "child/a ends",
];

it.each<[string, (t: Harness) => unknown, number]>([
  [
    "restarts",
    (t) =>
      p(t)
        .ask.crash()
        .catch(() => undefined),
    1,
  ],
  ["is passivated", (t) => t.local.release(() => true), 0],
  ["ends with its system", (t) => t.system.stop(), 0],
])(
  "children end before a parent that %s: the youngest first, each behind its own children",
  async (_, end, parents) => {
    const t = await begin();
    await family(t);
    await end(t);
    await t.time.settle();
    expect([seen.log, counts(t)]).toEqual([inOrder, [parents, 0]]);
    await t[Symbol.asyncDispose]();
  },
);

it("an abandoned parent takes its children with it", async () => {
  await using t = await begin();
  await family(t);
  t.local.abandon(() => true);
  expect(counts(t)).toEqual([0, 0]);
  await t.time.settle();
  expect(seen.log.toSorted()).toEqual(inOrder.toSorted());
});

it("a child in a turn is waited for; what waits behind the turn is refused", async () => {
  await using t = await start([Parent, Other]);
  await p(t).ask.spawn({ name: "a" });
  await lend(t, "a");
  await t.system.ref(Other, "o2").ask.take(await o(t).ask.lent("a"));
  const turn = watch(o(t).ask.call("a", "wait"));
  await t.time.settle();
  const left = watch(t.local.release(({ type }) => type === "parent"));
  const waiting = watch(t.system.ref(Other, "o2").ask.call("a", "add"));
  await t.time.settle();
  expect(left.state).toBe("waiting");
  seen.gate.open();
  await t.time.settle();
  expect([left.state, turn.state, waiting.state]).toEqual([
    "done: undefined",
    'done: "waited"',
    "failed: ACTOR_STOPPED",
  ]);
  expect(seen.log).toEqual(["child/a ends"]);
});

it("a child whose turn does not end is given up after its hookTimeoutMs", async () => {
  await using t = await start([Parent, Other]);
  await p(t).ask.spawn({ name: "a", hookTimeoutMs: 500 });
  await lend(t, "a");
  const turn = watch(o(t).ask.call("a", "wait"));
  await t.time.settle();
  const left = watch(t.local.release(({ type }) => type === "parent"));
  await t.time.advance(499);
  expect([left.state, turn.state]).toEqual(["waiting", "waiting"]);
  await t.time.advance(1);
  expect([left.state, turn.state]).toEqual(["done: undefined", "failed: ACTOR_STOPPED"]);
  expect([seen.log, t.system.counts()["child"]]).toEqual([["child/a ends"], 0]);
});

it("a child that is told to stop while its turn hangs is given up too, and its parent goes on meanwhile", async () => {
  await using t = await start([Parent, Other]);
  await p(t).ask.spawn({ name: "a", hookTimeoutMs: 500 });
  await lend(t, "a");
  const turn = watch(o(t).ask.call("a", "wait"));
  await t.time.settle();
  await p(t).ask.stopChild(await p(t).ask.ref("a"));
  await t.time.advance(499);
  expect(turn.state).toBe("waiting");
  await t.time.advance(1);
  expect([turn.state, t.system.counts()["child"]]).toEqual(["failed: ACTOR_STOPPED", 0]);
});

it("a child that was stopped refuses asks with ACTOR_STOPPED, and tells to it are dead letters", async () => {
  await using t = await start([Parent, Other]);
  await p(t).ask.spawn({ name: "a" });
  await lend(t, "a");
  await p(t).ask.stopChild(await p(t).ask.ref("a"));
  await t.time.settle();
  await expect(o(t).ask.call("a", "add")).rejects.toMatchObject({
    code: "ACTOR_STOPPED",
    data: { address: "parent/p/child/a" },
  });
  await o(t).ask.tell("a");
  expect(t.system.deadLetters.list().filter(({ command }) => command === "add")).toMatchObject([{ args: [7] }]);
  expect(t.events.filter(({ type }) => type === "actor-stopped")).toMatchObject([{ address: "parent/p/child/a" }]);
});

it("a child may stop itself; its parent goes on", async () => {
  await using t = await begin();
  await p(t).ask.spawn({ name: "a" });
  await p(t).ask.call("a", "stop");
  await t.time.settle();
  expect([seen.log, counts(t)]).toEqual([["child/a ends"], [1, 0]]);
});

it("ctx.stop of somebody else's child, or of a virtual actor, is a TypeError", async () => {
  await using t = await start([host(Parent, { supervision: { onFailure: "resume" } }), Other]);
  await p(t).ask.spawn({ name: "a" });
  await lend(t, "a");
  await expect(o(t).ask.stop("a")).rejects.toMatchObject({
    cause: {
      name: "TypeError",
      message: "parent/p/child/a is no child of other/o; an actor stops itself and its children.",
    },
  });
  const stranger = t.system.ref(Child, "virtual");
  await expect(p(t).ask.stopChild(stranger)).rejects.toMatchObject({ cause: { name: "TypeError" } });
});

it("an escalated failure is the parent's: it is restarted by its own supervision, and its children end", async () => {
  await using t = await begin();
  await p(t).ask.spawn({ name: "a", supervision: { onFailure: "escalate" } });
  await p(t).ask.spawn({ name: "b" });
  await p(t).ask.crashChild("a");
  await t.time.settle();
  const failures = t.events.filter(({ type }) => type === "actor-failed");
  expect(failures).toMatchObject([
    { address: "parent/p/child/a", directive: "escalate", error: Error("boom") },
    {
      address: "parent/p",
      command: "child parent/p/child/a",
      error: { code: "ACTOR_CHILD_FAILED", cause: Error("boom") },
    },
  ]);
  expect(counts(t)).toEqual([1, 0]);
});

it("a child whose onStart fails is tried again as its supervision says; what waits for it waits on", async () => {
  seen.startFailures = 2;
  await using t = await begin();
  await p(t).ask.spawn({ name: "a", supervision: { minBackoffMs: 100, jitter: 0 } });
  const added = watch(p(t).ask.call("a", "add"));
  await t.time.advance(299);
  expect(added.state).toBe("waiting");
  await t.time.advance(1);
  expect(added.state).toBe("done: 1");
  expect(t.events.filter(({ type }) => type === "activation-failed")).toHaveLength(2);
});

it("a child that cannot start goes to its parent when its restarts are used up", async () => {
  seen.startFailures = 10;
  await using t = await begin();
  await p(t).ask.spawn({ name: "a", supervision: { maxRestarts: 3 } });
  await t.time.settle();
  expect(t.events.filter(({ type }) => type === "activation-failed")).toHaveLength(4);
  expect(t.events.filter((event) => event.type === "actor-failed" && event.address === "parent/p")).toMatchObject([
    { error: { code: "ACTOR_CHILD_FAILED" }, directive: "restart" },
  ]);
  expect(counts(t)).toEqual([1, 0]);
});

/** Its child begins with the ask. */
class Stillborn extends Actor {
  static type = "stillborn";
  override async onStart(): Promise<void> {
    await this.ctx.spawn(Child, { name: "early" }).ask.add(1);
    throw new Error("no start");
  }
  override onStop(): void {
    seen.log.push("parent ends");
  }
  nothing(): void {}
}

it("what a failing onStart has spawned ends before it", async () => {
  await using t = await start([Stillborn]);
  await expect(t.system.ref(Stillborn, "s").ask.nothing()).rejects.toMatchObject({ code: "ACTOR_ACTIVATION_FAILED" });
  await t.time.settle();
  expect(t.system.counts()).toEqual({ stillborn: 0, child: 0 });
  expect(seen.log).toEqual(["stillborn/s/child/early ends", "parent ends"]);
});

it("a child that has not begun, since its parent may not speak yet, is no hindrance", async () => {
  await using t = await start([Parent, Child], { hasPermit: true });
  t.permit(false);
  void p(t).ask.spawn({ name: "held" });
  await t.time.settle();
  const crashed = watch(p(t).ask.crash());
  await t.time.settle();
  expect([counts(t), seen.log]).toEqual([[1, 0], []]);
  t.permit(true);
  t.local.reopenGates();
  await t.time.settle();
  expect([counts(t), seen.log, crashed.state]).toEqual([[1, 0], [], "failed: ACTOR_FAILED"]);
});
