// Code of plugins around the commands of actors: where it stands, what it sees, what it may answer.
import { Actor, AetherError, argumentsOf, type Interceptor, type Plugin, Rejection } from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { latch, start, watch } from "./harness.ts";

let log: string[] = [];
beforeEach(() => {
  log = [];
  Counter.made = 0;
});

class Counter extends Actor {
  static type = "counter";
  static made = 0;
  #count = 0;
  constructor() {
    super();
    Counter.made++;
  }
  override onStart(): void {
    log.push("onStart");
  }
  add(n: number): number {
    log.push(`add ${n}`);
    return (this.#count += n);
  }
  tick(): void {
    this.ctx.timers.once("tick", 10, () => void log.push("timer"));
  }
  async haveChild(): Promise<number> {
    return await this.ctx.spawn(Child, { name: "kid" }).ask.answer();
  }
}
class Child extends Actor {
  static type = "child";
  answer(): number {
    return 42;
  }
}
class Other extends Actor {
  static type = "other";
  act(): string {
    return "acted";
  }
}

const plugin = (name: string, interceptor: Interceptor, types?: string[]): Plugin => ({
  name,
  install: (host) => void host.intercept(interceptor, types),
});
const noting = (name: string): Interceptor => {
  return ({ command }, next) => {
    log.push(`${name} before ${command}`);
    const result = next();
    log.push(`${name} after`);
    return result;
  };
};
const startWith = (...interceptors: Interceptor[]) =>
  start([Counter, Other], {
    plugins: interceptors.map((one, i) => plugin(`p${i}`, one)),
  });
const failures = (t: { events: readonly { type: string }[] }) => t.events.filter(({ type }) => type === "actor-failed");

it("stands around the commands of all types, the first plugin outermost, and those of one plugin in their order", async () => {
  const two: Plugin = {
    name: "two",
    install(host) {
      host.intercept(noting("two.1"));
      host.intercept(noting("two.2"));
    },
  };
  await using t = await start([Counter, Other], { plugins: [plugin("one", noting("one")), two] });
  expect(await t.system.ref(Counter, "a").ask.add(1)).toBe(1);
  expect(log).toEqual([
    "onStart",
    "one before add",
    "two.1 before add",
    "two.2 before add",
    "add 1",
    "two.2 after",
    "two.1 after",
    "one after",
  ]);
  log.length = 0;
  expect(await t.system.ref(Other, "a").ask.act()).toBe("acted");
  expect(log.slice(0, 3)).toEqual(["one before act", "two.1 before act", "two.2 before act"]);
});

it("stands around the types that it names, and no others, until the returned function is called", async () => {
  let end = (): void => undefined;
  const some: Plugin = { name: "some", install: (host) => void (end = host.intercept(noting("some"), ["other"])) };
  await using t = await start([Counter, Other], { plugins: [some] });
  await t.system.ref(Counter, "a").ask.add(1);
  await t.system.ref(Other, "a").ask.act();
  expect(log.filter((line) => line.startsWith("some"))).toEqual(["some before act", "some after"]);
  end();
  end();
  await t.system.ref(Other, "a").ask.act();
  expect(log.filter((line) => line.startsWith("some"))).toHaveLength(2);
});

it("refuses an interceptor that is no function, and types that are no list", async () => {
  const wrong = (install: Plugin["install"]) => start([], { plugins: [{ name: "wrong", install }] });
  for (const install of [
    (host) => void host.intercept(undefined as never),
    (host) => void host.intercept(() => 1, "counter" as never),
  ] satisfies Plugin["install"][]) {
    await expect(wrong(install)).rejects.toMatchObject({ cause: expect.any(TypeError) as TypeError });
  }
});

it("sees the message, with who sent it and what with", async () => {
  const seen: unknown[] = [];
  await using t = await startWith((message, next) => {
    const { to, command, commandId, headers, sender } = message;
    seen.push([to.toString(), command, argumentsOf(message), commandId, headers, sender]);
    return next();
  });
  await t.system
    .ref(Counter, "a")
    .with({ commandId: "c-1", headers: { tenant: "x" } })
    .ask.add(5);
  expect(seen).toEqual([["counter/a", "add", [5], "c-1", { tenant: "x" }, undefined]]);
});

it("lets a synchronous handler stay synchronous: several asks are done in one pass, with no promise in between", async () => {
  await using t = await startWith(
    (_, next) => next(),
    (_, next) => {
      // Has its turn when the pass is over, or before that where something in the pass waits.
      void Promise.resolve().then(() => log.push("microtask"));
      return next();
    },
  );
  const { ask } = t.system.ref(Counter, "a");
  await ask.add(0);
  log.length = 0;
  await Promise.all([ask.add(1), ask.add(2), ask.add(3)]);
  expect(log).toEqual(["add 1", "add 2", "add 3", "microtask", "microtask", "microtask"]);
});

it("answers in place of the handler, replaces its reply, or refuses", async () => {
  await using t = await startWith((message, next) => {
    switch (argumentsOf(message)[0]) {
      case 1:
        return "short-circuited";
      case 2:
        return `${String(next())}, replaced`;
      case 3:
        return new Rejection("returned");
      case 4:
        throw new Rejection("thrown", { n: 4 });
      case 5:
        throw new AetherError("TEST_LATER", "not now", { retryable: true, data: { retryAfterMs: 7 } });
      default:
        return next();
    }
  });
  const { ask } = t.system.ref(Counter, "a");
  const outcomes = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => ask.add(n).catch((e: unknown) => e)));
  expect(outcomes.slice(0, 2)).toEqual(["short-circuited", "2, replaced"]);
  expect(outcomes[2]).toMatchObject({ name: "Rejection", code: "returned" });
  expect(outcomes[3]).toMatchObject({ name: "Rejection", code: "thrown", data: { n: 4 } });
  expect(outcomes[4]).toMatchObject({ code: "TEST_LATER", retryable: true, data: { retryAfterMs: 7 } });
  expect([outcomes[5], Counter.made, failures(t)]).toEqual([8, 1, []]);
});

it("an asynchronous interceptor holds the mailbox, before and after the handler", async () => {
  const before = latch();
  const after = latch();
  await using t = await startWith(async (message, next) => {
    if (argumentsOf(message)[0] !== 1) return next();
    await before.opened;
    const result = await (next() as Promise<unknown>);
    await after.opened;
    return result;
  });
  const { ask } = t.system.ref(Counter, "a");
  const first = watch(ask.add(1));
  const second = watch(ask.add(2));
  await t.time.settle();
  expect(log).toEqual(["onStart"]);
  before.open();
  await t.time.settle();
  expect([log, first.state, second.state]).toEqual([["onStart", "add 1"], "waiting", "waiting"]);
  after.open();
  await t.time.settle();
  expect([first.state, second.state]).toEqual(["done: 1", "done: 3"]);
});

it("hooks and timers are not intercepted, nor what names no command; children are", async () => {
  await using t = await startWith(noting("p"));
  await t.system.ref(Counter, "a").ask.tick();
  await t.time.advance(20);
  await expect(t.send("counter/a", "nothing")).rejects.toMatchObject({ code: "ACTOR_UNKNOWN_COMMAND" });
  expect(log).toEqual(["onStart", "p before tick", "p after", "timer"]);
  expect(await t.system.ref(Counter, "a").ask.haveChild()).toBe(42);
  expect(log).toContain("p before answer");
});
