// Input at the edge: the same class with schemas of three libraries that speak Standard Schema.
import { Actor, type Interceptor, type Plugin, type Schemas } from "@aether/actor";
import { type } from "arktype";
import * as v from "valibot";
import { beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { type Harness, latch, start, watch } from "./harness.ts";

let calls: unknown[][] = [];
let gate = latch();
beforeEach(() => {
  calls = [];
  gate = latch();
});

class Account extends Actor {
  static type = "account";
  readonly #id = Math.max(0, ...calls.map((call) => (call[0] === "made" ? Number(call[1]) : 0))) + 1;
  constructor() {
    super();
    calls.push(["made", this.#id]);
  }
  deposit(amount: number): number {
    calls.push(["deposit", amount]);
    return amount;
  }
  open(owner: { name: string; tags: string[] }, currency?: string): string {
    calls.push(["open", owner, currency]);
    return currency ?? "none";
  }
  close(): string {
    calls.push(["close"]);
    return "closed";
  }
  unchecked(what: unknown): unknown {
    return what;
  }
}

class Zod extends Account {
  static override type = "zod";
  static readonly schemas: Schemas<Zod> = {
    deposit: z.coerce.number().positive(),
    open: [z.object({ name: z.string().trim(), tags: z.array(z.string()).default([]) }), z.string().default("EUR")],
    close: [],
  };
}
class Valibot extends Account {
  static override type = "valibot";
  static readonly schemas: Schemas<Valibot> = {
    deposit: v.pipe(v.unknown(), v.transform(Number), v.gtValue(0)),
    open: [
      v.object({ name: v.pipe(v.string(), v.trim()), tags: v.optional(v.array(v.string()), []) }),
      v.optional(v.string(), "EUR"),
    ],
    close: [],
  };
}
class Arktype extends Account {
  static override type = "arktype";
  static readonly schemas: Schemas<Arktype> = {
    deposit: type("string.numeric.parse | number").pipe((n) => n, type("number > 0")),
    open: [
      type({ name: "string.trim", tags: type("string[]").default(() => []) }),
      type("string | undefined").pipe((c) => c ?? "EUR"),
    ],
    close: [],
  };
}
const libraries = [
  ["zod", Zod],
  ["valibot", Valibot],
  ["arktype", Arktype],
] as const;
const made = () => calls.filter(([what]) => what === "made").length;
const called = () => calls.filter(([what]) => what !== "made");

it.each(libraries)(
  "%s: what fits reaches the handler as the schema gives it, with transforms and defaults",
  async (name, one) => {
    await using t = await start([one]);
    const { ask } = t.system.ref(one, "a");
    expect(await ask.deposit("12" as never)).toBe(12);
    expect(await ask.open({ name: "  Ann " } as never)).toBe("EUR");
    expect(await ask.open({ name: "Bob", tags: ["x"] }, "USD")).toBe("USD");
    expect(await ask.close()).toBe("closed");
    expect(await ask.unchecked({ any: "thing" })).toEqual({ any: "thing" });
    expect(called(), name).toEqual([
      ["deposit", 12],
      ["open", { name: "Ann", tags: [] }, "EUR"],
      ["open", { name: "Bob", tags: ["x"] }, "USD"],
      ["close"],
    ]);
  },
);

it.each(libraries)(
  "%s: what does not fit is refused with its path; nothing is called, the object is kept",
  async (name, one) => {
    await using t = await start([one]);
    const { ask } = t.system.ref(one, "a");
    await ask.close();
    const wrong: [() => Promise<unknown>, string, string[]][] = [
      [() => ask.deposit(-1), "deposit", ["0"]],
      [() => ask.open({ name: "Ann", tags: ["x", 5 as never] }), "open", ["0.tags.1"]],
      [() => ask.open({ name: 1, tags: [] } as never, 2 as never), "open", ["0.name", "1"]],
    ];
    for (const [send, command, paths] of wrong) {
      const error = await send().catch((e: unknown) => e);
      expect(error).toMatchObject({ code: "ACTOR_INVALID_ARGUMENTS", data: { address: `${name}/a`, command } });
      const { issues } = (error as { data: { issues: { message: string; path: string }[] } }).data;
      expect(issues.map(({ path }) => path)).toEqual(paths);
      for (const { message, path } of issues)
        expect((error as Error).message).toContain(`argument ${path}: ${message}`);
    }
    await ask.close();
    expect([called(), made()]).toEqual([[["close"], ["close"]], 1]);
    expect(t.events.filter((event) => event.type === "actor-failed")).toEqual([]);
  },
);

it("a tell that does not fit is a dead letter", async () => {
  await using t = await start([Zod]);
  t.system.ref(Zod, "a").tell.deposit(-1);
  await t.time.settle();
  expect(t.system.deadLetters.list()).toMatchObject([
    { address: "zod/a", command: "deposit", args: [-1], cause: { code: "ACTOR_INVALID_ARGUMENTS" } },
  ]);
  expect(called()).toEqual([]);
});

it("more arguments than there are schemas are refused; fewer are for the schemas to judge", async () => {
  await using t = await start([Zod]);
  for (const [command, args] of [
    ["deposit", [1, 2]],
    ["close", [undefined]],
    ["open", [{ name: "a" }, "EUR", 3]],
  ] as const) {
    await expect(t.send("zod/a", command, [...args])).rejects.toMatchObject({
      code: "ACTOR_INVALID_ARGUMENTS",
      message: expect.stringContaining(`got ${args.length}`) as string,
    });
  }
  await expect(t.send("zod/a", "deposit", [])).rejects.toMatchObject({ data: { issues: [{ path: "0" }] } });
  expect(called()).toEqual([]);
});

class Slow extends Account {
  static override type = "slow";
  static readonly schemas: Schemas<Slow> = {
    deposit: z.number().refine(async (n) => (await gate.opened, n < 100), "too much"),
    open: [
      z.any(),
      v.pipe(
        v.string(),
        v.transform((text) => JSON.parse(text) as string),
      ),
    ],
    unchecked: {
      "~standard": { version: 1, vendor: "test", validate: async () => Promise.reject(new Error("not reached")) },
    },
  };
}

it("an asynchronous schema holds the mailbox like a handler", async () => {
  await using t = await start([Slow]);
  const { ask } = t.system.ref(Slow, "a");
  const asked = [ask.deposit(1), ask.deposit(100), ask.close()].map(watch);
  await t.time.settle();
  expect(asked.map(({ state }) => state)).toEqual(["waiting", "waiting", "waiting"]);
  gate.open();
  await t.time.settle();
  expect(asked.map(({ state }) => state)).toEqual(["done: 1", "failed: ACTOR_INVALID_ARGUMENTS", 'done: "closed"']);
  expect([called(), made()]).toEqual([[["deposit", 1], ["close"]], 1]);
});

it("a schema that throws refuses, at once or later; the actor is not to blame", async () => {
  await using t = await start([Slow]);
  const { ask } = t.system.ref(Slow, "a");
  await ask.close();
  await expect(ask.open({ name: "", tags: [] }, "no json")).rejects.toMatchObject({
    code: "ACTOR_INVALID_ARGUMENTS",
    data: { issues: [{ path: "1", message: expect.stringContaining("its schema threw SyntaxError") as string }] },
  });
  await expect(ask.unchecked(1)).rejects.toMatchObject({
    code: "ACTOR_INVALID_ARGUMENTS",
    data: { issues: [{ path: "0", message: "its schema threw Error: not reached" }] },
  });
  expect([called(), made()]).toEqual([[["close"]], 1]);
});

it("an interceptor stands around the schemas: it sees what was sent, and the refusal as the caller will", async () => {
  const seen: unknown[] = [];
  const seeing: Interceptor = (message, next) => {
    try {
      return next();
    } catch (error) {
      seen.push(message.args, (error as { code?: string }).code);
      return "hidden";
    }
  };
  const plugin: Plugin = { name: "seeing", install: (host) => void host.intercept(seeing) };
  await using t = await start([Zod], { plugins: [plugin] });
  const asked = t.system.ref(Zod, "a").ask.deposit(-1);
  await expect(asked).rejects.toMatchObject({ code: "ACTOR_INVALID_ARGUMENTS" });
  expect(seen).toEqual([-1, "ACTOR_INVALID_ARGUMENTS"]);
});

it("schemas are inherited", async () => {
  class Savings extends Zod {
    static override type = "savings";
  }
  await using t = await start([Savings]);
  await expect(t.system.ref(Savings, "a").ask.deposit(-1)).rejects.toMatchObject({ code: "ACTOR_INVALID_ARGUMENTS" });
});

it.each<[string, unknown, string]>([
  [
    "a misspelled command",
    { depositt: z.number() },
    "Wrong: static schemas.depositt is for no command; there are deposit",
  ],
  ["a hook", { onStart: z.number() }, "schemas.onStart is for no command"],
  ["a function", { deposit: () => true }, "schemas.deposit is no Standard Schema"],
  ["an object", { deposit: { "~standard": {} } }, "schemas.deposit is no Standard Schema"],
  ["nothing", { deposit: undefined }, "schemas.deposit is no Standard Schema"],
  ["a list with something else in it", { open: [z.any(), "string"] }, "schemas.open is no Standard Schema"],
  ["no object", "schemas", "static schemas is an object"],
])("a class whose schemas hold %s is refused at start", async (_, schemas, message) => {
  class Wrong extends Account {
    static override type = "wrong";
    static readonly schemas = schemas;
  }
  await expect(start([Wrong])).rejects.toThrow(message);
  await expect(start([Wrong])).rejects.toThrow(TypeError);
});

it("with messages by value the schemas see the same", async () => {
  const t: Harness = await start([Zod], { options: { simulateRemote: true } });
  await using _ = t;
  const { ask } = t.system.ref(Zod, "a");
  expect(await ask.open({ name: " Ann " } as never)).toBe("EUR");
  await expect(ask.deposit("x" as never)).rejects.toMatchObject({ code: "ACTOR_INVALID_ARGUMENTS" });
});
