// Who chooses for an actor, and what becomes of choices that make no sense.
import {
  Actor,
  type ActorBase,
  type ActorOptions,
  createSystem,
  type Durability,
  type DurableState,
  host,
  type Plugin,
  port,
  type Supervision,
} from "@aether/actor";
import { expect, it } from "vitest";
import { type Harness, latch, start } from "./harness.ts";

let gate = latch();

abstract class Slow extends Actor {
  #n = 0;
  async wait(): Promise<void> {
    await gate.opened;
  }
  count(): number {
    return ++this.#n;
  }
  crash(): never {
    throw new Error("boom");
  }
}
class Plain extends Slow {
  static type = "plain";
}
class Chosen extends Slow {
  static type = "chosen";
  static readonly mailboxCapacity = 3;
  static readonly idleMs = 3_000;
  static readonly supervision: Supervision = { onFailure: "resume" };
}
/** Inherits what its parent class chose. */
class Heir extends Chosen {
  static override type = "heir";
}

async function capacityOf(t: Harness, actorClass: typeof Plain | typeof Chosen | typeof Heir): Promise<number> {
  gate = latch();
  const ref = t.system.ref<Slow>(actorClass, "a");
  const asks = [ref.ask.wait()];
  await t.time.settle();
  const codes: string[] = [];
  let accepted = 0;
  for (; codes.length === 0 && accepted < 20; accepted++) {
    const ask = ref.ask.count();
    asks.push(
      ask.then(
        () => undefined,
        ({ code }: { code: string }) => void codes.push(code),
      ),
    );
    await t.time.settle();
  }
  if (codes.length > 0) expect(codes).toEqual(["ACTOR_MAILBOX_FULL"]);
  gate.open();
  await Promise.all(asks);
  return accepted - 1;
}

async function idleOf(t: Harness, actorClass: typeof Plain | typeof Chosen | typeof Heir): Promise<number> {
  await t.system.ref<Slow>(actorClass, "b").ask.count();
  for (let seconds = 1; seconds < 1_000; seconds++) {
    await t.time.advance(1_000);
    if (t.system.counts()[actorClass.type] === 0) return seconds;
  }
  return Infinity;
}

async function resumes(t: Harness, actorClass: typeof Plain | typeof Chosen | typeof Heir): Promise<boolean> {
  const { ask } = t.system.ref<Slow>(actorClass, "c");
  await ask.count();
  await ask.crash().catch(() => undefined);
  return (await ask.count()) === 2;
}

const inSystem: ActorOptions = { mailboxCapacity: 5, idleMs: 40_000, supervision: { onFailure: "resume" } };
const onHost: ActorOptions = { mailboxCapacity: 2, idleMs: 20_000, supervision: { onFailure: "restart" } };

it("without a word the defaults hold: never idle, restart", async () => {
  await using t = await start([Plain]);
  expect([await capacityOf(t, Plain), await resumes(t, Plain)]).toEqual([19, false]);
  expect(await idleOf(t, Plain)).toBe(Infinity);
});

it("the mailbox holds 10,000 by default", async () => {
  gate = latch();
  await using t = await start([Plain]);
  const ref = t.system.ref(Plain, "a");
  const turn = ref.ask.wait();
  await t.time.settle();
  for (let i = 0; i < 10_000; i++) ref.tell.count();
  await expect(ref.ask.count()).rejects.toMatchObject({ code: "ACTOR_MAILBOX_FULL", data: { capacity: 10_000 } });
  expect(t.system.deadLetters.size).toBe(0);
  gate.open();
  await turn;
});

it("options of the system hold for classes that say nothing", async () => {
  await using t = await start([Plain], { options: inSystem });
  expect([await capacityOf(t, Plain), await resumes(t, Plain)]).toEqual([5, true]);
  expect(await idleOf(t, Plain)).toBe(50);
});

it.each([Chosen, Heir])("statics, inherited ones too, go before options of the system: %o", async (actorClass) => {
  await using t = await start([actorClass], { options: { ...inSystem, supervision: { onFailure: "restart" } } });
  expect([await capacityOf(t, actorClass), await resumes(t, actorClass)]).toEqual([3, true]);
  expect(await idleOf(t, actorClass)).toBe(4);
});

it("options of host go before statics", async () => {
  await using t = await start([host(Chosen, onHost)], { options: inSystem });
  expect([await capacityOf(t, Chosen), await resumes(t, Chosen)]).toEqual([2, false]);
  expect(await idleOf(t, Chosen)).toBe(25);
});

it("each option is looked up by itself", async () => {
  await using t = await start([host(Chosen, { idleMs: 20_000 })], { options: inSystem });
  expect([await capacityOf(t, Chosen), await resumes(t, Chosen)]).toEqual([3, true]);
  expect(await idleOf(t, Chosen)).toBe(25);
});

const bad =
  (options: object): (() => unknown) =>
  () =>
    host(Plain, options);
it.each([
  ["a misspelled option", { mailboxSize: 5 }, 'host(Plain): unknown option "mailboxSize"; there are create, mailbox'],
  [
    "a misspelled supervision option",
    { supervision: { retry: 5 } },
    'unknown supervision option "retry"; there are onF',
  ],
  [
    "a directive that there is not",
    { supervision: { onFailure: "explode" } },
    '"explode"; use restart, resume, stop, ',
  ],
  ["no object", { supervision: "restart" }, "supervision is an object of options"],
  ["null", { supervision: null }, "supervision is an object of options"],
])("host refuses %s with a TypeError", (_, options, message) => {
  expect(bad(options)).toThrow(TypeError);
  expect(bad(options)).toThrow(message);
});

/** Text is shown as such: `"5"` is no number. */
const said = (value: unknown) => (typeof value === "string" ? `"${value}"` : String(value));

it.each<[string, unknown]>([
  ["mailboxCapacity", 0],
  ["mailboxCapacity", 1.5],
  ["mailboxCapacity", "5"],
  ["idleMs", 0],
  ["idleMs", Number.NaN],
  ["maxResident", -1],
  ["hookTimeoutMs", 0],
  ["hookTimeoutMs", "1"],
])("host refuses %s: %s with a RangeError naming both", (name, value) => {
  expect(bad({ [name]: value })).toThrow(RangeError);
  expect(bad({ [name]: value })).toThrow(`Plain: ${name} is ${said(value)}`);
});

it.each<[string, unknown]>([
  ["maxRestarts", -1],
  ["maxRestarts", 1.5],
  ["withinMs", 0],
  ["minBackoffMs", -1],
  ["maxBackoffMs", Number.NaN],
  ["jitter", 1.1],
  ["retries", 1_001],
  ["retries", 0.5],
  ["retries", "3"],
])("host refuses supervision.%s: %s with a RangeError", (name, value) => {
  expect(bad({ supervision: { [name]: value } })).toThrow(RangeError);
  expect(bad({ supervision: { [name]: value } })).toThrow(`supervision.${name} is ${said(value)}`);
});

it("a backoff whose least is above its most is refused", () => {
  expect(bad({ supervision: { minBackoffMs: 60_000 } })).toThrow(RangeError);
});

it("an option that is there but undefined is not given", async () => {
  const supervision = { retries: undefined } as unknown as Supervision;
  await using t = await start([host(Plain, { supervision })]);
  expect(await t.system.ref(Plain, "a").ask.count()).toBe(1);
});

it("createSystem refuses what host refuses", async () => {
  const system = (options: object) => createSystem({ name: "t", log: false, actors: [Plain], ...options });
  await expect(system({ idleMS: 5 })).rejects.toThrow('createSystem: unknown option "idleMS"; there are name, actors,');
  await expect(system({ idleMs: -5 })).rejects.toThrow(RangeError);
  await expect(system({ supervision: { onFailure: "explode" } })).rejects.toThrow(TypeError);
});

it.each<[object, string]>([
  [{ actors: {} }, "actors is an object; use a list."],
  [{ actors: null }, "actors is null; use a list."],
  [{ plugins: "persistence" }, "plugins is a string; use a list."],
  [{ simulateRemote: "yes" }, "simulateRemote is a string; use true or false."],
  [{ log: "info" }, "log is a string; use a pino logger, or false."],
  [{ log: true }, "log is the boolean true; use a pino logger, or false."],
  [{ log: null }, "log is null; use a pino logger, or false."],
  [{ log: console }, "log is an object; use a pino logger, or false."],
  [{ clock: { now: () => 0 } }, "clock is an object; use an object with now(), wall()."],
  [{ random: Math }, "random is an object; use an object with next()."],
  [{ scheduler: null }, "scheduler is null; use an object with microtask(), yield(), after(), every()."],
])("createSystem refuses %j with a TypeError that names it and what to use", async (options, message) => {
  const system = createSystem({ name: "t", log: false, ...options } as never);
  await expect(system).rejects.toThrow(new TypeError(`createSystem: ${message}`));
});

it.each<[string, object]>([
  ["mailboxCapacity", { mailboxCapacity: 0 }],
  ["idleMs", { idleMs: -5 }],
  ["maxResident", { maxResident: 0.5 }],
  ["hookTimeoutMs", { hookTimeoutMs: 0 }],
  ["supervision.jitter", { supervision: { jitter: 2 } }],
])("createSystem refuses a bad %s though no class takes it up", async (name, options) => {
  await expect(createSystem({ name: "t", log: false, ...options })).rejects.toThrow(`createSystem: ${name} is`);
  const actors = [host(Chosen, { mailboxCapacity: 2, hookTimeoutMs: 1, maxResident: 1 })];
  await expect(createSystem({ name: "t", log: false, actors, ...options })).rejects.toThrow(`createSystem: ${name} is`);
});

it("a class without a name is spoken of as such", async () => {
  const message = "A class without a name must declare its own `static type";
  await expect(createSystem({ name: "t", log: false, actors: [class extends Plain {}] })).rejects.toThrow(message);
});

const keeping = port<Durability>("keeping");
abstract class Kept extends Actor {
  static override readonly "~base": ActorBase = { name: "Kept", hooks: [], durability: keeping };
}
class Ledger extends Kept {
  static type = "ledger";
  count(): number {
    return 1;
  }
}
class Careless extends Kept {
  static type = "careless";
  static readonly supervision: Supervision = { onFailure: "resume" };
}
const calm: DurableState = {
  version: 0,
  hasUnsealedChanges: false,
  recover: () => Promise.resolve(),
  begin: () => undefined,
  end: () => undefined,
  discard: () => false,
  passEnded: () => undefined,
  flush: () => Promise.resolve(),
  close: () => undefined,
};
const keeper: Plugin = {
  name: "keeper",
  install: (host) => host.provide(keeping, { check: () => undefined, open: () => calm }),
};

it("resume is refused for durable classes, wherever it was chosen", async () => {
  const why = '"resume" would keep a state that was never stored';
  expect(() => host(Ledger, { supervision: { onFailure: "resume" } })).toThrow(why);
  await expect(start([Careless], { plugins: [keeper] })).rejects.toThrow(why);
  await expect(
    start([Ledger], { plugins: [keeper], options: { supervision: { onFailure: "resume" } } }),
  ).rejects.toThrow(TypeError);
});

it("durable actors leave after 600 seconds by default, where nobody says otherwise", async () => {
  await using t = await start([Ledger], { plugins: [keeper] });
  await t.system.ref(Ledger, "l").ask.count();
  await t.time.advance(600_000);
  expect(t.system.counts()).toEqual({ ledger: 1 });
  await t.time.advance(150_000);
  expect(t.system.counts()).toEqual({ ledger: 0 });
});
