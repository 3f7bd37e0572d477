import { Actor, createSystem, host } from "@aether/actor";
import { expect, it } from "vitest";
import { start } from "./harness.ts";

class Plain extends Actor {
  static type = "plain";
  readonly word: string;
  constructor(word = "default") {
    super();
    this.word = word;
  }
  say(): string {
    return this.word;
  }
}
class Untyped extends Actor {}
class Heir extends Plain {}
class Twin extends Actor {
  static type = "plain";
}
class WithFunction extends Actor {
  static type = "with-function";
  readonly leak = (): string => "field";
  call(): string {
    return this.leak();
  }
}
class Impatient extends Actor {
  static type = "impatient";
  constructor() {
    super();
    this.ctx.now();
  }
  call(): void {}
}

const create = (options: object) => createSystem({ name: "t", log: false, ...options } as never);

it("refuses a class without a type of its own, with an inherited one, and two of one type", async () => {
  await expect(create({ actors: [Untyped] })).rejects.toThrow(/Untyped must declare its own `static type/);
  await expect(create({ actors: [Heir] })).rejects.toThrow(/Heir must declare its own/);
  await expect(create({ actors: [Plain, Twin] })).rejects.toThrow('Plain and Twin both have the type "plain"');
});

it.each(["", "1a", "a.b", "a b", "*", "x".repeat(65), undefined, 5])("refuses the type %j", async (type) => {
  class Odd extends Actor {
    static type = type as string;
  }
  await expect(create({ actors: [Odd] })).rejects.toThrow("is refused");
});

it("refuses what is no actor class", async () => {
  class Foreign {
    static type = "foreign";
  }
  await expect(create({ actors: [Foreign] })).rejects.toThrow("Foreign is not a class that extends Actor");
  await using t = await start([]);
  expect(() => t.system.ref(Foreign as never, "a")).toThrow("is not a class that extends Actor");
});

it("refuses misspelled options and names the ones there are", async () => {
  await expect(create({ plugin: [] })).rejects.toThrow(/unknown option "plugin"; there are name, actors, plugins/);
  expect(() => host(Plain, { mailboxSize: 1 } as never)).toThrow(/unknown option "mailboxSize"; there are create/);
});

it("refuses options out of range, naming option and value", async () => {
  await expect(create({ name: "1 bad" })).rejects.toThrow('name is "1 bad"');
  for (const askTimeoutMs of [0, -1, Number.NaN, 3_600_001]) {
    await expect(create({ askTimeoutMs })).rejects.toThrow(`askTimeoutMs is ${askTimeoutMs}`);
  }
  for (const mailboxCapacity of [0, 1.5, -1, Number.NaN]) {
    expect(() => host(Plain, { mailboxCapacity })).toThrow(`mailboxCapacity is ${mailboxCapacity}`);
  }
});

it("makes objects with the given factory, also an async one", async () => {
  await using a = await start([host(Plain, { create: () => new Plain("injected") })]);
  expect(await a.system.ref(Plain, "x").ask.say()).toBe("injected");
  await using b = await start([host(Plain, { create: async () => new Plain("awaited") })]);
  expect(await b.system.ref(Plain, "x").ask.say()).toBe("awaited");
});

it("a factory that throws, or makes something else, fails that activation with the reason, now and later", async () => {
  const made: (() => unknown)[] = [
    () => new Heir(),
    () => undefined,
    () => Promise.reject(new Error("no database")),
    () => {
      throw new Error("no file");
    },
    () => new Plain("good"),
    () => "a string",
    () => new Plain("good"),
  ];
  await using t = await start([host(Plain, { create: () => made.shift()!() as Plain })]);
  const say = (id: string) =>
    t.system
      .ref(Plain, id)
      .ask.say()
      .catch((e: unknown) => String(e));
  expect(await say("1")).toMatch(/^ActivationFailed: .*made Heir, not Plain/);
  expect(await say("2")).toMatch(/^ActivationFailed/);
  expect(await say("3")).toMatch(/^ActivationFailed: .*no database/);
  expect(await say("4")).toMatch(/^ActivationFailed: .*no file/);
  expect(await say("5")).toBe("good");
  expect(await say("6")).toMatch(/^ActivationFailed: .*made String, not Plain/);
  expect(await say("6")).toBe("good");
});

it("names a function in a field as the mistake that it is, at the first activation", async () => {
  await using t = await start([WithFunction]);
  await expect(t.system.ref(WithFunction, "a").ask.call()).rejects.toMatchObject({
    code: "ACTOR_ACTIVATION_FAILED",
    message: expect.stringContaining("WithFunction.leak is a function in a field") as string,
  });
});

it("names the use of ctx in a constructor", async () => {
  await using t = await start([Impatient]);
  await expect(t.system.ref(Impatient, "a").ask.call()).rejects.toThrow("ctx is not there in the constructor");
});

it("a process that hosts nothing still makes refs", async () => {
  await using t = await start([]);
  await expect(t.system.ref(Plain, "a").ask.say()).rejects.toMatchObject({ code: "ACTOR_UNKNOWN_TYPE" });
});

it("refuses a command that would make its facade a promise", async () => {
  class Thenable extends Actor {
    static type = "thenable";
    // oxlint-disable-next-line unicorn/no-thenable -- the mistake under test
    then(): void {}
  }
  await expect(start([Thenable])).rejects.toThrow("Thenable.then");
});

it("refuses to be created without options", async () => {
  await expect(createSystem(undefined as never)).rejects.toThrow("createSystem: give it options");
});

it.each([
  [{ bogus: 1 }, 'with: unknown option "bogus"'],
  [{ headers: "abc" }, "with: headers is an object"],
  [null, "with: give it an object"],
])("refuses call options %j", async (options, message) => {
  class Plain extends Actor {
    static type = "plain";
    act(): void {}
  }
  await using t = await start([Plain]);
  expect(() => t.system.ref(Plain, "a").with(options as never)).toThrow(message);
});

it("awaits a thenable from onStart, and what an override of Object's methods returns is no command", async () => {
  let isDone = false;
  class Late extends Actor {
    static type = "late";
    override onStart(): Promise<void> {
      // oxlint-disable-next-line unicorn/no-thenable -- what some libraries return in place of a promise
      return { then: (resolve: (value: unknown) => void) => queueMicrotask(() => resolve((isDone = true))) } as never;
    }
    override toString(): string {
      return "late";
    }
    look(): boolean {
      return isDone;
    }
  }
  await using t = await start([Late]);
  expect(await t.system.ref(Late, "a").ask.look()).toBe(true);
  await expect(t.send("late/a", "toString")).rejects.toMatchObject({ code: "ACTOR_UNKNOWN_COMMAND" });
});
