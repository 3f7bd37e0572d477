// Actors that an actor spawned: how they begin and how they are reached.
import { Actor, type AetherError, host } from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { begin, counts, forget, lend, o, Other, p, Parent, seen } from "./family.ts";
import { type Harness, latch, start } from "./harness.ts";

beforeEach(forget);

it("a child works at once for tell and ask; its address is the path from its parent", async () => {
  await using t = await begin();
  expect(await p(t).ask.spawn()).toBe("parent/p/child/1");
  expect(await p(t).ask.spawn({ name: "a b" })).toBe("parent/p/child/a=20b");
  expect(await p(t).ask.spawn()).toBe("parent/p/child/2");
  expect(await t.system.ref(Parent, "q").ask.spawnAndUse()).toBe(3);
  expect(counts(t)).toEqual([2, 4]);
});

it("a class need not be hosted to be a child", async () => {
  await using t = await start([Parent]);
  expect(await p(t).ask.spawnAndUse()).toBe(3);
  expect(t.system.counts()).toEqual({ parent: 1, child: 1 });
});

it.each<[string, (t: Harness) => Promise<unknown>, string, string]>([
  ["a name that is taken", (t) => p(t).ask.spawn({ name: "x" }), "TypeError", 'spawn: there is a child "x" already'],
  ["a durable class", (t) => p(t).ask.spawnDurable(), "TypeError", "spawn makes volatile actors; Ledger is durable"],
  [
    "a misspelled option",
    (t) => p(t).ask.spawn({ nam: "y" } as object),
    "TypeError",
    'spawn: unknown option "nam"; there are name',
  ],
  [
    "an option of virtual actors",
    (t) => p(t).ask.spawn({ idleMs: 5 } as object),
    "TypeError",
    'unknown option "idleMs"',
  ],
  ["a bad value", (t) => p(t).ask.spawn({ mailboxCapacity: 0 }), "RangeError", "mailboxCapacity is 0"],
])("spawn refuses %s, and no child is left", async (_, spawn, name, message) => {
  await using t = await begin({ onFailure: "resume" });
  await p(t).ask.spawn({ name: "x" });
  await expect(spawn(t)).rejects.toMatchObject({
    cause: { name, message: expect.stringContaining(message) as string },
  });
  expect(counts(t)).toEqual([1, 1]);
});

it("spawn refuses names that the kernel gives, and what is no id", async () => {
  await using t = await begin();
  await expect(p(t).ask.spawn({ name: "1" })).rejects.toMatchObject({ cause: { name: "TypeError" } });
  await expect(p(t).ask.spawn({ name: "" })).rejects.toMatchObject({ code: "ACTOR_INVALID_ID" });
  await expect(p(t).ask.spawn({ name: "x".repeat(201) })).rejects.toMatchObject({ code: "ACTOR_INVALID_ID" });
});

// The name is taken before the options are looked at (offspring.ts, nameFor).
it("a name is not taken by a spawn that was refused", async () => {
  await using t = await begin({ onFailure: "resume" });
  await p(t)
    .ask.spawn({ name: "x", mailboxCapacity: 0 })
    .catch(() => undefined);
  expect(await p(t).ask.spawn({ name: "x" })).toBe("parent/p/child/x");
});

it("a name is free again when its child has ended", async () => {
  await using t = await begin();
  await p(t).ask.spawn({ name: "x" });
  await p(t).ask.call("x", "stop");
  await t.time.settle();
  expect(await p(t).ask.spawn({ name: "x" })).toBe("parent/p/child/x");
  expect(await p(t).ask.call("x", "add")).toBe(1);
});

it.each(["throw", "refuse"] as const)(
  "a turn that ends with %s has spawned, told, watched, timed and run nothing",
  async (end) => {
    await using t = await begin({ onFailure: "resume" });
    await p(t)
      .ask.allThen(end)
      .catch(() => undefined);
    await t.time.advance(100);
    expect([seen.log, counts(t), t.system.deadLetters.list().map(({ command }) => command)]).toEqual([
      [],
      [1, 0],
      end === "throw" ? ["allThen"] : [],
    ]);
    expect(await p(t).ask.spawn({ name: "undone" })).toBe("parent/p/child/undone");
  },
);

it("what an ask has let go ends with the restart, what came behind it never began", async () => {
  await using t = await begin();
  await p(t)
    .ask.crashBehindAsk()
    .catch(() => undefined);
  await p(t).ask.spawn({ name: "early" });
  expect([seen.log, counts(t)]).toEqual([["child/early ends"], [1, 1]]);
});

it("a ref that came in a message speaks for the actor whose turn it is", async () => {
  await using t = await start([Parent, Other]);
  await p(t).ask.spawn({ name: "a" });
  await lend(t, "a");
  expect(await o(t).ask.call("a", "whoAsks")).toBe("other/o");
  expect(await o(t).ask.call("a", "add")).toBe(1);
  expect(await p(t).ask.call("a", "add")).toBe(2);
});

it("a spawn that chooses one option keeps what the host of the class chose otherwise", async () => {
  const busy = latch();
  class Kid extends Actor {
    static type = "kid";
    async wait(): Promise<string> {
      await busy.opened;
      return "waited";
    }
  }
  class Home extends Actor {
    static type = "home";
    crowd(): Promise<string[]> {
      const kid = this.ctx.spawn(Kid, { hookTimeoutMs: 500 });
      const asks = [1, 2, 3, 4].map(() => kid.ask.wait().catch((error: AetherError) => error.code));
      busy.open();
      return Promise.all(asks);
    }
  }
  await using t = await start([host(Kid, { mailboxCapacity: 3 }), Home]);
  const outcomes = await t.system.ref(Home, "h").ask.crowd();
  expect(outcomes).toEqual(["waited", "waited", "waited", "ACTOR_MAILBOX_FULL"]);
});
