// Anything can be thrown, returned and answered, also what throws when it is looked at: a failure like any other, no more.
import { Actor, type Plugin, type Schemas } from "@aether/actor";
import { expect, it } from "vitest";
import { start } from "./harness.ts";

const strange: Readonly<Record<string, () => unknown>> = {
  "an object without prototype": () => Object.create(null),
  "an error with a symbol as message": () => Object.assign(new Error("x"), { message: Symbol("m") }),
  "an error whose message throws": () =>
    Object.defineProperty(new Error("x"), "message", {
      get() {
        throw new Error("no message");
      },
    }),
  "a revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
};
const results: Readonly<Record<string, () => unknown>> = {
  "a then that throws when it is read": () => ({
    // oxlint-disable-next-line unicorn/no-thenable -- that is the point
    get then() {
      throw new Error("no then");
    },
  }),
  "a then that throws when it is called": () => ({
    // oxlint-disable-next-line unicorn/no-thenable -- that is the point
    then() {
      throw new Error("bad then");
    },
  }),
};

class Odd extends Actor {
  static type = "odd";
  static startsWith: (() => unknown) | undefined;
  #n = 0;
  override onStart(): void {
    if (Odd.startsWith !== undefined) throw Odd.startsWith();
  }
  throw(what: string): void {
    throw strange[what]?.();
  }
  async throwLater(what: string): Promise<void> {
    await Promise.resolve();
    throw strange[what]?.();
  }
  give(what: string): unknown {
    return results[what]?.();
  }
  count(): number {
    return ++this.#n;
  }
}

it.each(Object.keys(strange))(
  "a handler may throw %s: the caller gets ACTOR_FAILED, the actor goes on",
  async (what) => {
    await using t = await start([Odd]);
    const { ask } = t.system.ref(Odd, "a");
    await expect(ask.throw(what)).rejects.toMatchObject({ code: "ACTOR_FAILED" });
    await expect(ask.throwLater(what)).rejects.toMatchObject({ code: "ACTOR_FAILED" });
    expect(await ask.count()).toBe(1);
  },
);

it.each(Object.keys(results))("a handler may return %s: ACTOR_FAILED, the actor goes on", async (what) => {
  await using t = await start([Odd]);
  const { ask } = t.system.ref(Odd, "a");
  await expect(ask.give(what)).rejects.toMatchObject({ code: "ACTOR_FAILED" });
  expect(await ask.count()).toBe(1);
});

it.each(Object.keys(strange))("onStart may throw %s", async (what) => {
  await using t = await start([Odd]);
  Odd.startsWith = strange[what];
  await expect(t.system.ref(Odd, "a").ask.count()).rejects.toMatchObject({ code: "ACTOR_ACTIVATION_FAILED" });
  Odd.startsWith = undefined;
  expect(await t.system.ref(Odd, "a").ask.count()).toBe(1);
});

it.each(Object.keys(strange))(
  "an interceptor may throw %s: it is named, and the actor keeps its object",
  async (what) => {
    let isOn = false;
    const bad: Plugin = {
      name: "bad",
      install: (host) =>
        host.intercept((_, next) => {
          if (isOn) throw strange[what]?.();
          return next();
        }),
    };
    await using t = await start([Odd], { plugins: [bad] });
    const { ask } = t.system.ref(Odd, "a");
    await ask.count();
    isOn = true;
    await expect(ask.count()).rejects.toMatchObject({ code: "ACTOR_PLUGIN_FAILED", data: { plugin: "bad" } });
    isOn = false;
    expect(await ask.count()).toBe(2);
  },
);

const answers: readonly unknown[] = [undefined, { issues: 5 }, { issues: [null] }, null];
let answer: unknown;
class Checked extends Actor {
  static type = "checked";
  static readonly schemas = {
    take: { "~standard": { version: 1, vendor: "odd", validate: () => answer } },
  } as unknown as Schemas<Checked>;
  #n = 0;
  take(_n: number): number {
    return ++this.#n;
  }
  count(): number {
    return ++this.#n;
  }
}

it.each(answers)("a schema may answer %j: the arguments are refused, the actor is not to blame", async (odd) => {
  await using t = await start([Checked]);
  const { ask } = t.system.ref(Checked, "a");
  await ask.count();
  answer = odd;
  await expect(ask.take(1)).rejects.toMatchObject({ code: "ACTOR_INVALID_ARGUMENTS" });
  expect(await ask.count()).toBe(2);
});
