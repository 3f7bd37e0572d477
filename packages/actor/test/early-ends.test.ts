// Ends that come early: before the first pass, in the middle of retries, while a start asks back.
import { Actor } from "@aether/actor";
import { expect, it } from "vitest";
import { latch, start, watch } from "./harness.ts";

let made = 0;
class Fresh extends Actor {
  static type = "fresh";
  constructor() {
    super();
    made++;
  }
  ok(): string {
    return "ok";
  }
}

it("an actor that is given up before its first pass is never made; its message comes to the next incarnation", async () => {
  await using t = await start([Fresh]);
  made = 0;
  const answer = watch(t.system.ref(Fresh, "a").ask.ok());
  t.local.abandon(() => true);
  await t.time.advance(100);
  expect([answer.state, made]).toEqual(['done: "ok"', 1]);
});

class Back extends Actor {
  static type = "back";
  override async onStart(): Promise<void> {
    await this.ctx.ref(Caller, "c").ask.count();
  }
  ok(): string {
    return "ok";
  }
}
class Caller extends Actor {
  static type = "caller";
  async call(): Promise<string> {
    return this.ctx.ref(Back, "b").ask.ok();
  }
  count(): number {
    return 1;
  }
}

it("a start that asks back whom its first message comes from is found at once", async () => {
  await using t = await start([Back, Caller]);
  const answer = watch(t.system.ref(Caller, "c").ask.call());
  await t.time.settle();
  expect(answer.state).toBe("failed: ACTOR_ACTIVATION_FAILED");
});

let gate = latch();
class Late extends Actor {
  static type = "late";
  static readonly supervision = { retries: 3, minBackoffMs: 60 };
  readonly #seen: number[] = [];
  fail(): never {
    throw new RangeError("poison");
  }
  async wait(): Promise<void> {
    await gate.opened;
  }
  note(n: number): number[] {
    this.#seen.push(n);
    return this.#seen;
  }
}

it.each(["ask", "tell"] as const)(
  "a message whose time is up between its retries is kept with its cause: %s",
  async (how) => {
    await using t = await start([Late]);
    const ref = t.system.ref(Late, "a").with({ timeoutMs: 100 });
    if (how === "ask") watch(ref.ask.fail());
    else ref.tell.fail();
    await t.time.advance(1_000);
    expect(t.system.deadLetters.list()).toMatchObject([
      { command: "fail", cause: new RangeError("poison"), reason: expect.stringContaining("poison") },
    ]);
  },
);

it("a tell for which no time was chosen waits its turn however long that takes; one with a time does not", async () => {
  await using t = await start([Late]);
  gate = latch();
  const ref = t.system.ref(Late, "a");
  const busy = watch(ref.with({ timeoutMs: 100_000 }).ask.wait());
  await t.time.settle();
  ref.tell.note(1);
  ref.with({ timeoutMs: 1_000 }).tell.note(2);
  ref.with({ headers: { h: "x" } }).tell.note(3);
  await t.time.advance(60_000);
  gate.open();
  expect(await ref.ask.note(4)).toEqual([1, 3, 4]);
  expect(busy.state).toBe("done: undefined");
  expect(t.system.deadLetters.list()).toMatchObject([{ args: [2] }]);
});
