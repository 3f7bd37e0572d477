// Leaving memory unasked, and what becomes of messages that arrive meanwhile.
import { Actor, host, type HostOptions, type Supervision } from "@aether/actor";
import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { type Harness, latch, start, watch } from "./harness.ts";

let log: string[] = [];
let gate = latch();
let slowHooks: readonly string[] = [];
beforeEach(() => {
  log = [];
  gate = latch();
  slowHooks = [];
});

class Guest extends Actor {
  static type = "guest";
  #n = 0;
  override async onPassivate(): Promise<void> {
    if (slowHooks.includes("onPassivate")) await gate.opened;
    log.push(`${this.ctx.id} passivates`);
  }
  override async onStop(): Promise<void> {
    if (slowHooks.includes("onStop")) await gate.opened;
  }
  note(what: string): number {
    log.push(what);
    return ++this.#n;
  }
  async wait(): Promise<void> {
    await gate.opened;
  }
  tick(): void {
    this.ctx.timers.every("tick", 100, () => undefined);
  }
  child(): void {
    this.ctx.spawn(Guest, { name: "c" });
  }
}

const begin = (options: HostOptions<Guest>): Promise<Harness> => start([host(Guest, options)]);
const guest = (t: Harness, id = "a") => t.system.ref(Guest, id);
const resident = (t: Harness) => t.system.counts()["guest"];

describe("idleMs", () => {
  it("an actor that was sent nothing for idleMs leaves, at most a quarter of it later, never earlier", async () => {
    await using t = await begin({ idleMs: 1_000 });
    for (const offset of [0, 1, 124, 125, 249, 250]) {
      await t.time.advance(offset);
      await guest(t).ask.note("x");
      await t.time.advance(1_000);
      expect(resident(t)).toBe(1);
      await t.time.advance(250);
      expect(resident(t)).toBe(0);
    }
  });

  it("each message begins the time anew", async () => {
    await using t = await begin({ idleMs: 1_000 });
    for (let i = 1; i <= 10; i++) {
      expect(await guest(t).ask.note("x")).toBe(i);
      await t.time.advance(900);
    }
  });

  it("timers and children do not", async () => {
    await using t = await begin({ idleMs: 1_000 });
    await guest(t).ask.child();
    await guest(t).ask.tick();
    await t.time.advance(1_250);
    expect(resident(t)).toBe(0);
  });

  it("an actor in a turn stays, however long that takes", async () => {
    await using t = await begin({ idleMs: 1_000 });
    const turn = guest(t).with({ timeoutMs: 60_000 }).ask.wait();
    await t.time.advance(10_000);
    expect(resident(t)).toBe(1);
    gate.open();
    await turn;
    await t.time.advance(1_250);
    expect(resident(t)).toBe(0);
  });

  it("Infinity: never; and nobody looks any more when the system has stopped", async () => {
    const t = await begin({ idleMs: Infinity });
    await guest(t).ask.note("x");
    await t.time.advance(86_400_000);
    expect(resident(t)).toBe(1);
    await t.system.stop();
    const other = await begin({ idleMs: 1_000 });
    await other.system.stop();
    expect([t.time.timers, other.time.timers]).toEqual([0, 0]);
  });

  it("many idle actors are all found", async () => {
    await using t = await begin({ idleMs: 1_000 });
    for (let i = 0; i < 25_000; i++) guest(t, `${i}`).tell.note("x");
    await t.time.settle();
    expect(resident(t)).toBe(25_000);
    await t.time.advance(1_250);
    expect(resident(t)).toBe(0);
  });
});

describe("maxResident", () => {
  it("the one that was busy longest ago makes room", async () => {
    await using t = await begin({ maxResident: 3 });
    for (const id of ["a", "b", "c", "a", "b"]) await guest(t, id).ask.note(id);
    await guest(t, "d").ask.note("d");
    await t.time.settle();
    await guest(t, "e").ask.note("e");
    await t.time.settle();
    expect(log.filter((line) => line.endsWith("passivates"))).toEqual(["c passivates", "a passivates"]);
    expect(resident(t)).toBe(3);
  });

  it("one in a turn is not sent away; the next in line is", async () => {
    await using t = await begin({ maxResident: 2 });
    const turn = guest(t, "busy").ask.wait();
    await guest(t, "b").ask.note("b");
    await guest(t, "c").ask.note("c");
    await t.time.settle();
    expect(log.filter((line) => line.endsWith("passivates"))).toEqual(["b passivates"]);
    gate.open();
    await turn;
  });

  it("where all are busy, there are more of them for a while", async () => {
    await using t = await begin({ maxResident: 2 });
    const turns = ["a", "b", "c", "d"].map((id) => guest(t, id).ask.wait());
    await t.time.settle();
    expect(resident(t)).toBe(4);
    gate.open();
    await Promise.all(turns);
    await guest(t, "e").ask.note("e");
    await t.time.settle();
    expect(resident(t)).toBe(2);
  });

  it("children do not count", async () => {
    await using t = await begin({ maxResident: 2 });
    await guest(t, "a").ask.child();
    await guest(t, "b").ask.child();
    await t.time.settle();
    expect(resident(t)).toBe(4);
    expect(log).toEqual([]);
  });
});

it.each(["onPassivate", "onStop"])(
  "messages that arrive during a slow %s reach the next incarnation in order",
  async (hook) => {
    slowHooks = [hook];
    await using t = await begin({});
    await guest(t).ask.note("old");
    const released = t.local.release(() => true);
    const asks = ["1", "2", "3"].map((what) => guest(t).ask.note(what));
    guest(t).tell.note("4");
    const seen = asks.map(watch);
    await t.time.settle();
    expect(seen.map(({ state }) => state)).toEqual(["waiting", "waiting", "waiting"]);
    slowHooks = [];
    gate.open();
    await released;
    expect(await Promise.all(asks)).toEqual([1, 2, 3]);
    expect(await guest(t).ask.note("5")).toBe(5);
    expect(log).toEqual(["old", "a passivates", "1", "2", "3", "4", "5"]);
  },
);

it("an actor that is given up in a turn that then throws is gone, and its message is sent again", async () => {
  let abandon: (() => void) | undefined;
  class Fenced extends Actor {
    static type = "fenced";
    work(): string {
      log.push("run");
      const first = abandon;
      abandon = undefined;
      first?.();
      if (first !== undefined) throw new Error("lost the fence");
      return "done";
    }
  }
  await using t = await start([Fenced]);
  abandon = () => t.local.abandon(() => true);
  const asked = watch(t.system.ref(Fenced, "f").ask.work());
  await t.time.advance(20);
  expect([asked.state, log]).toEqual(['done: "done"', ["run", "run"]]);
  expect(t.events.filter(({ type }) => type === "actor-failed")).toEqual([]);
});

/** Writes down what reaches it, and sometimes fails, waits or leaves by itself. */
class Scribe extends Actor {
  static type = "scribe";
  static readonly supervision: Supervision = { maxRestarts: 10_000, minBackoffMs: 3, jitter: 0, retries: 1 };
  static readonly idleMs = 40;
  #isPassivating = false;
  override async onPassivate(): Promise<void> {
    this.#isPassivating = true;
    await turnsOf(3);
  }
  override async onStop(): Promise<void> {
    await turnsOf(2);
  }
  write(line: string, how: string): string | Promise<string> {
    if (this.#isPassivating) throw new Error("handled by an object that leaves");
    if (how === "fail once" && !failed.has(line)) {
      failed.add(line);
      throw new Error("once");
    }
    if (how === "slow") return turnsOf(5).then(() => this.#note(line));
    if (how === "leave") this.ctx.stop();
    return this.#note(line);
  }
  #note(line: string): string {
    log.push(`${this.ctx.id} ${line}`);
    return line;
  }
}
const failed = new Set<string>();
async function turnsOf(n: number): Promise<void> {
  for (let i = 0; i < n; i++) await Promise.resolve();
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("ask", "tell"),
      id: fc.constantFrom("a", "b", "c"),
      how: fc.constantFrom("plain", "plain", "slow", "leave", "fail once"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("advance"), ms: fc.integer({ min: 0, max: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("release"), id: fc.constantFrom("a", "b", "c") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pause"), n: fc.integer({ min: 1, max: 8 }) }) },
);
type Step = { do: string; id?: string; how?: string; ms?: number; n?: number };

it("whatever is sent while actors come and go, each sender's messages arrive in order, none lost, none twice", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 60 }),
      fc.constantFrom(1, 2, 3),
      async (steps, maxResident) => {
        log = [];
        failed.clear();
        await using t = await start([host(Scribe, { maxResident })]);
        const sent: string[] = [];
        const answers: Promise<unknown>[] = [];
        for (const [i, { do: what, id = "", how = "", ms = 0, n = 0 }] of (steps as Step[]).entries()) {
          if (what === "advance") await t.time.advance(ms);
          else if (what === "release") void t.local.release((address) => address.id === id);
          else if (what === "pause") await turnsOf(n);
          else {
            sent.push(`${id} ${i}`);
            const ref = t.system.ref(Scribe, id);
            if (what === "tell") ref.tell.write(`${i}`, how);
            else answers.push(ref.ask.write(`${i}`, how));
          }
        }
        await t.time.advance(1_000);
        for (const id of ["a", "b", "c"]) {
          const of = (lines: string[]) => lines.filter((line) => line.startsWith(id));
          expect(of(log)).toEqual(of(sent));
        }
        await Promise.all(answers);
        expect([t.system.deadLetters.size, t.system.counts()]).toEqual([0, { scribe: 0 }]);
      },
    ),
    { numRuns: 300 },
  );
});
