// Logging is a subscriber of system events: what it leaves out, and what a line looks like.
import { Actor, createSystem, type SystemEvent, type SystemEventType } from "@aether/actor";
import { type Level, pino } from "pino";
import { beforeEach, expect, it, vi } from "vitest";
import { logSystemEvents } from "../src/logging.ts";
import { SystemEventBus } from "../src/system-events.ts";
import { start } from "./harness.ts";

let text: string[] = [];
beforeEach(() => {
  text = [];
});

const logAt = (level: Level | "silent", bindings: object = {}) =>
  pino({ level, base: null, timestamp: false }, { write: (line: string) => void text.push(line) }).child(bindings);
const lines = () => text.map((line) => JSON.parse(line) as Record<string, unknown>);
const messages = () => lines().map(({ msg }) => msg);

class Talker extends Actor {
  static type = "talker";
  talk(): void {
    this.ctx.log.info({ n: 1 }, "said");
  }
  spawn(): void {
    this.ctx.stop(this.ctx.spawn(Talker, { name: "kid" }));
  }
  fail(): never {
    throw new RangeError("broken");
  }
}

it.each<[Level | "silent", SystemEventType[], SystemEventType[]]>([
  ["debug", ["actor-activated", "actor-passivated", "actor-stopped", "dead-letter", "actor-failed"], []],
  ["info", ["system-started", "dead-letter", "actor-failed"], ["actor-activated", "actor-passivated", "actor-stopped"]],
  ["error", ["actor-failed", "activation-failed"], ["actor-activated", "system-started", "dead-letter"]],
  ["silent", [], ["actor-failed", "system-started", "actor-activated"]],
])("at level %s nobody asks for what would not be logged", async (level, wanted, unwanted) => {
  const clock = { now: () => 0, wall: () => 0 };
  const bus = new SystemEventBus();
  logSystemEvents(bus, logAt(level), clock);
  expect(wanted.filter((type) => !bus.isWanted(type))).toEqual([]);
  expect(unwanted.filter((type) => bus.isWanted(type))).toEqual([]);
});

it.each<[Level, SystemEventType[]]>([
  ["error", ["actor-failed", "system-stopped"]],
  ["info", ["actor-failed", "dead-letter", "system-stopped"]],
  ["debug", ["actor-activated", "actor-failed", "actor-passivated", "actor-stopped", "dead-letter", "system-stopped"]],
])("at level %s what nobody wants is not even made", async (level, made) => {
  const system = await createSystem({ name: "t", actors: [Talker], log: logAt(level) });
  const publish = vi.spyOn(system.events, "publish");
  await system.ref(Talker, "a").ask.talk();
  await system.ref(Talker, "b").ask.spawn();
  await system
    .ref(Talker, "c")
    .ask.fail()
    .catch(() => undefined);
  await system.stop();
  const types = new Set(publish.mock.calls.map(([{ type }]) => type));
  expect([...types].toSorted()).toEqual(made);
});

it("a line says what happened, to whom, in which system, with what was thrown where pino looks for it", async () => {
  const t = await start([Talker], { options: { log: logAt("debug"), name: "shop" } });
  const ref = t.system.ref(Talker, "a");
  await ref.ask.talk();
  ref.tell.fail();
  await t.time.settle();
  await t.system.stop();
  expect(lines()).toMatchObject([
    { level: 30, system: "shop", msg: "system-started" },
    { level: 20, system: "shop", address: "talker/a", tookMs: 0, msg: "actor-activated" },
    { level: 30, system: "shop", actor: "talker/a", n: 1, msg: "said" },
    { level: 50, address: "talker/a", command: "fail", directive: "restart", msg: "actor-failed" },
    { level: 40, address: "talker/a", command: "fail", n: 1, msg: "dead-letter" },
    { level: 20, address: "talker/a", msg: "actor-activated" },
    { level: 20, address: "talker/a", msg: "actor-passivated" },
    { level: 30, system: "shop", msg: "system-stopped" },
  ]);
  for (const i of [3, 4]) expect(lines()[i]).toMatchObject({ err: { type: "RangeError", message: "broken" } });
  for (const line of lines()) for (const absent of ["type", "error", "cause"]) expect(line).not.toHaveProperty(absent);
});

it.each([
  ["its own", {}, "shop"],
  ["the logger's own", { system: "theirs", zone: "eu" }, "theirs"],
])("the field `system` stands once in each line: %s", async (_, bindings, expected) => {
  const plugin = {
    name: "p",
    install: (host: { log: { info(text: string): void } }) => host.log.info("from a plugin"),
  };
  const options = { log: logAt("debug", bindings), name: "shop" };
  const t = await start([Talker], { options, plugins: [plugin] });
  await t.system.ref(Talker, "a").ask.talk();
  await t.system.stop();
  expect(text.length).toBeGreaterThan(4);
  for (const line of text) {
    expect(line.split('"system":')).toHaveLength(2);
    expect((JSON.parse(line) as { system: string }).system).toBe(expected);
  }
});

it("logs 20 lines of a type in a second; the next one says how many were left out", async () => {
  await using t = await start([], { options: { log: logAt("info") } });
  text = [];
  const lose = (n: number) => {
    for (let i = 0; i < n; i++)
      t.system.events.publish({ type: "incarnation-lost", address: `x/${i}`, reason: "test" });
  };
  lose(1);
  await t.time.advance(900);
  lose(100);
  expect(lines()).toHaveLength(20);
  t.system.events.publish({ type: "listener-failed", during: "another type", error: new Error("e") });
  expect(messages().at(-1)).toBe("listener-failed");
  await t.time.advance(99);
  lose(1);
  expect(lines()).toHaveLength(21);
  await t.time.advance(1);
  lose(2);
  expect(lines().slice(21)).toMatchObject([{ msg: "incarnation-lost", leftOut: 82 }, { msg: "incarnation-lost" }]);
  expect(lines().slice(22)[0]).not.toHaveProperty("leftOut");
  expect(lines().filter((line) => "leftOut" in line)).toHaveLength(1);
});

it("whoever publishes an event may say how loud it is; those too quiet do not count", async () => {
  await using t = await start([], { options: { log: logAt("warn") } });
  text = [];
  for (let i = 0; i < 30; i++) t.system.events.publish({ type: "actor-stopped", address: "x" });
  t.system.events.publish({ type: "actor-stopped", address: "y", level: "error" });
  expect(lines()).toEqual([{ level: 50, system: "t", address: "y", msg: "actor-stopped" }]);
});

it("a level that is changed while the system runs counts from then on", async () => {
  const clock = { now: () => 0, wall: () => 0 };
  const bus = new SystemEventBus();
  const log = logAt("info");
  logSystemEvents(bus, log, clock);
  bus.publish({ type: "actor-activated", address: "x", tookMs: 1 });
  log.level = "debug";
  expect(bus.isWanted("actor-activated")).toBe(true);
  bus.publish({ type: "actor-activated", address: "x", tookMs: 1 });
  expect(messages()).toEqual(["actor-activated"]);
});

it("a subscriber whose `wants` throws gets everything, is reported, and disturbs nobody", async () => {
  await using t = await start([Talker]);
  t.system.events.subscribe(
    () => undefined,
    () => {
      throw new Error("bad wants");
    },
  );
  await t.system.ref(Talker, "a").ask.talk();
  const bus = new SystemEventBus();
  const reported: SystemEvent[] = [];
  bus.subscribe(
    () => undefined,
    () => expect.unreachable("bad wants"),
  );
  bus.subscribe(
    (event) => void reported.push(event),
    () => false,
  );
  expect(bus.isWanted("dead-letter")).toBe(true);
  expect(reported).toMatchObject([{ type: "listener-failed", during: "wants dead-letter" }]);
});
