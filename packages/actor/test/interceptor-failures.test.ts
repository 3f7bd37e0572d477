// An interceptor that does wrong is named, and cannot harm the actor that it stands around.
import {
  Actor,
  type ActorBase,
  AetherError,
  type Durability,
  type Envelope,
  type Interceptor,
  type Plugin,
  port,
  Rejection,
} from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { type Harness, latch, start, watch } from "./harness.ts";

let log: string[] = [];
let gate = latch();
beforeEach(() => {
  log = [];
  gate = latch();
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
  add(n: number): number {
    log.push(`add ${n}`);
    return (this.#count += n);
  }
  async addLater(n: number): Promise<number> {
    await gate.opened;
    return this.add(n);
  }
  fail(): never {
    throw new RangeError("handler");
  }
  async failLater(): Promise<never> {
    await gate.opened;
    throw new RangeError("handler");
  }
  refuse(): never {
    throw new Rejection("no", { why: "because" });
  }
}

const plugin = (name: string, interceptor: Interceptor): Plugin => ({
  name,
  install: (host) => void host.intercept(interceptor),
});
const startWith = (...interceptors: Interceptor[]): Promise<Harness> =>
  start([Counter], { plugins: interceptors.map((one, i) => plugin(`p${i}`, one)) });
const failures = (t: Harness) => t.events.filter(({ type }) => type === "actor-failed");
const spoil = (what: string): never => {
  throw new Error(what);
};

const wrong: [string, Interceptor, number][] = [
  ["throws before next", () => spoil("before"), 0],
  ["throws after next", (_, next) => [next(), spoil("after")], 1],
  ["calls next twice", (_, next) => [next(), next()], 1],
  ["rejects before next", async () => Promise.reject(new Error("before")), 0],
  ["rejects after next", async (_, next) => [await next(), await Promise.reject(new Error("after"))], 1],
];
it.each(wrong)(
  "one that %s is named in the caller's error; the actor keeps its object and goes on",
  async (_, one, n) => {
    let fails = true;
    await using t = await startWith(
      (_, next) => next(),
      (message, next) => (fails ? one(message, next) : next()),
    );
    const { ask } = t.system.ref(Counter, "a");
    await expect(ask.add(1)).rejects.toMatchObject({
      code: "ACTOR_PLUGIN_FAILED",
      data: { plugin: "p1", during: "a message" },
    });
    fails = false;
    expect(await ask.add(10)).toBe(10 + n);
    expect([Counter.made, failures(t)]).toEqual([1, []]);
  },
);

it("the turn waits for a handler that its interceptor forgot, or threw upon", async () => {
  const careless: Interceptor[] = [
    (_, next) => (void next(), "forgotten"),
    (_, next) => {
      void next();
      return spoil("careless");
    },
    async (_, next) => (void next(), "forgotten"),
  ];
  for (const one of careless) {
    gate = latch();
    log.length = 0;
    await using t = await startWith((message, next) => (message.command === "addLater" ? one(message, next) : next()));
    const { ask } = t.system.ref(Counter, "a");
    const first = watch(ask.addLater(1));
    const second = watch(ask.add(2));
    await t.time.settle();
    expect([first.state, second.state]).toEqual(["waiting", "waiting"]);
    gate.open();
    await t.time.settle();
    expect(log).toEqual(["add 1", "add 2"]);
    expect(first.state).toMatch(/^done: "forgotten"|^failed: ACTOR_PLUGIN_FAILED/);
  }
});

it("next after the message was answered is refused and runs nothing", async () => {
  let late!: () => unknown;
  await using t = await startWith((_, next) => {
    late = next;
    return "answered";
  });
  expect(await t.system.ref(Counter, "a").ask.add(1)).toBe("answered");
  expect(() => late()).toThrow("answered already");
  expect(log).toEqual([]);
});

const hiding: [string, "fail" | "failLater", Interceptor][] = [
  ["catches", "fail", (_, next) => attempt(next)],
  ["throws another error for", "fail", (_, next) => (attempt(next), spoil("other"))],
  ["awaits and catches", "failLater", async (_, next) => Promise.resolve(next()).catch(() => "hidden")],
  ["forgets", "failLater", (_, next) => (void next(), "hidden")],
  ["looks away from", "failLater", async (_, next) => (void next(), await new Promise(setImmediate), "hidden")],
];
function attempt(next: () => unknown): unknown {
  try {
    return next();
  } catch {
    return "hidden";
  }
}
it.each(hiding)("a handler that threw has failed, also when an interceptor %s that: %s", async (_, command, one) => {
  gate.open();
  await using t = await startWith((message, next) => (message.command === command ? one(message, next) : next()));
  const { ask } = t.system.ref(Counter, "a");
  await ask.add(1);
  await expect(ask[command]()).rejects.toMatchObject({ code: "ACTOR_FAILED", cause: { name: "RangeError" } });
  expect(failures(t)).toMatchObject([{ command, error: expect.any(RangeError) as RangeError }]);
  expect([await ask.add(1), Counter.made]).toEqual([1, 2]);
});

it("sees what the handler threw, and a refusal of another interceptor, as the caller would", async () => {
  const seen: unknown[] = [];
  const refusing: Interceptor = ({ command }, next) => {
    if (command === "add") throw new AetherError("TEST_NO", "no");
    return next();
  };
  await using t = await startWith((_, next) => {
    try {
      return next();
    } catch (error) {
      seen.push((error as { code?: string }).code ?? (error as Error).name);
      throw error;
    }
  }, refusing);
  const { ask } = t.system.ref(Counter, "a");
  const outcomes = await Promise.allSettled([ask.add(1), ask.refuse(), ask.fail()]);
  expect(seen).toEqual(["TEST_NO", "no", "RangeError"]);
  expect(outcomes.map((one) => one.status === "rejected" && (one.reason as { code: string }).code)).toEqual([
    "TEST_NO",
    "no",
    "ACTOR_FAILED",
  ]);
});

const keeping = port<Durability>("keeping");
abstract class Kept extends Actor {
  static override readonly "~base": ActorBase = { name: "Kept", hooks: [], durability: keeping };
}
class Vault extends Kept {
  static type = "vault";
  put(): string {
    log.push("put");
    return "put";
  }
}

/** Each `put` counts as one change of its turn. */
function keeper(): Plugin {
  const open = (): ReturnType<Durability["open"]> => ({
    version: 0,
    hasUnsealedChanges: false,
    recover: async () => undefined,
    begin: (envelope: Envelope) => void log.push(`begin ${envelope.command}`),
    end: (outcome) => void log.push(`end ${String(outcome)}`),
    discard: () => log.push("discard") > 0,
    passEnded: () => undefined,
    flush: async () => undefined,
    close: () => undefined,
  });
  return { name: "keeper", install: (host) => host.provide(keeping, { check: () => undefined, open }) };
}

it("what a durable actor persisted in a turn that an interceptor then spoils is undone, without a failure", async () => {
  let fails = true;
  const spoiling = plugin("spoiling", (_, next) => {
    const result = next();
    if (fails) throw new Error("spoilt");
    return result;
  });
  await using t = await start([Vault], { plugins: [keeper(), spoiling] });
  const { ask } = t.system.ref(Vault, "a");
  await expect(ask.put()).rejects.toMatchObject({ code: "ACTOR_PLUGIN_FAILED", data: { plugin: "spoiling" } });
  expect([log, failures(t)]).toEqual([["begin put", "put", "discard"], []]);
  fails = false;
  expect(await ask.put()).toBe("put");
  expect(log.slice(3)).toEqual(["begin put", "put", "end put"]);
});
