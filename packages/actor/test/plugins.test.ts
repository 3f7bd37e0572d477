import { Actor, outbound, outputPermit, type Plugin, type PluginHost, type Port, port } from "@aether/actor";
import { createSystem } from "@aether/actor";
import { expect, it } from "vitest";
import { start, watch } from "./harness.ts";

const answers = port<number>("answers");

function logging(log: string[], name: string, extra: Partial<Plugin> = {}): Plugin {
  const note = (phase: string) => () => void log.push(`${name} ${phase}`);
  return { name, install: note("install"), start: note("start"), drain: note("drain"), close: note("close"), ...extra };
}
const create = (plugins: Plugin[]) => createSystem({ name: "t", log: false, plugins });

it("installs and starts in order, drains and closes in reverse", async () => {
  const log: string[] = [];
  const system = await create([logging(log, "a"), logging(log, "b")]);
  log.push("running");
  await system.stop();
  await system.stop();
  expect(log).toEqual([
    "a install",
    "b install",
    "a start",
    "b start",
    "running",
    "b drain",
    "a drain",
    "b close",
    "a close",
  ]);
});

it("a plugin that fails in install closes the earlier ones in reverse, and is named", async () => {
  const log: string[] = [];
  const failing = logging(log, "c", {
    install: () => {
      throw new Error("no port");
    },
  });
  await expect(create([logging(log, "a"), logging(log, "b"), failing, logging(log, "d")])).rejects.toMatchObject({
    code: "ACTOR_PLUGIN_FAILED",
    message: 'Plugin "c" failed during installation: no port',
    data: { plugin: "c", during: "installation" },
  });
  expect(log.filter((line) => line.endsWith("close"))).toEqual(["c close", "b close", "a close"]);
  expect(log).not.toContain("d install");
});

it("a plugin that fails in start closes all of them", async () => {
  const log: string[] = [];
  const failing = logging(log, "b", { start: () => Promise.reject(new Error("no")) });
  await expect(create([logging(log, "a"), failing])).rejects.toMatchObject({ data: { plugin: "b", during: "start" } });
  expect(log.filter((line) => line.endsWith("close"))).toEqual(["b close", "a close"]);
});

it("a plugin that fails in close is reported and hinders nobody", async () => {
  const log: string[] = [];
  const failing = logging(log, "b", { close: () => Promise.reject(new Error("stuck")) });
  const system = await create([logging(log, "a"), failing]);
  system.events.subscribe((event) => void (event.type === "listener-failed" && log.push(event.during)));
  await system.stop();
  expect(log.slice(-2)).toEqual(["close of b", "a close"]);
});

it("a port that two plugins provide names both", async () => {
  const providing = (name: string): Plugin => ({ name, install: (host) => host.provide(answers, 42) });
  await expect(create([providing("first"), providing("second")])).rejects.toMatchObject({
    cause: { code: "ACTOR_PORT_TAKEN", data: { port: "answers", first: "first", second: "second" } },
    data: { plugin: "second", causeCode: "ACTOR_PORT_TAKEN" },
  });
});

it("a port that nobody provides names who needs it", async () => {
  const needing: Plugin = { name: "needing", install: (host) => void host.require(answers) };
  await expect(create([needing])).rejects.toMatchObject({
    cause: { code: "ACTOR_PORT_MISSING", data: { port: "answers", neededBy: 'plugin "needing"' } },
  });
  await using t = await start([]);
  expect(() => t.system.use(needing)).toThrow(expect.objectContaining({ code: "ACTOR_PORT_MISSING" }));
  expect(() => t.system.use({ api: answers })).toThrow(expect.objectContaining({ code: "ACTOR_PORT_MISSING" }));
});

it("a port is its token, not its name", async () => {
  const providing: Plugin = { name: "providing", install: (host) => host.provide(port<number>("answers"), 1) };
  let found: unknown = "not asked";
  const finding: Plugin = { name: "finding", install: (host) => void (found = host.find(answers)) };
  await using _ = await create([providing, finding]);
  expect(found).toBeUndefined();
});

it("use gives what install returned, by plugin and by the factory's port", async () => {
  const api = { hello: () => "world" };
  const plugin: Plugin<typeof api> = {
    name: "hello",
    async install(host: PluginHost) {
      host.provide(answers, 42);
      return api;
    },
  };
  await using system = await create([plugin]);
  expect(system.use(plugin)).toBe(api);
  expect(system.use({ api: answers })).toBe(42);
});

it("two plugins of one name are refused", async () => {
  await expect(create([logging([], "a"), logging([], "a")])).rejects.toThrow('Two plugins are named "a"');
});

it("an included plugin stands before its includer, once, and gives way to a listed one of its name", async () => {
  const log: string[] = [];
  const included = logging(log, "inner");
  const including = (name: string) => logging(log, name, { includes: [included] });
  await (await create([including("a"), including("b")])).stop();
  expect(log.filter((line) => line.endsWith("install"))).toEqual(["inner install", "a install", "b install"]);
  log.length = 0;
  await (await create([including("a"), logging(log, "inner")])).stop();
  expect(log.filter((line) => line.endsWith("install"))).toEqual(["a install", "inner install"]);
});

it("a listener that throws disturbs nobody and is reported to the others", async () => {
  await using t = await start([]);
  const seen: string[] = [];
  t.system.events.subscribe(() => {
    throw new Error("bad listener");
  });
  const end = t.system.events.subscribe((event) => void seen.push(event.type));
  t.system.events.publish({ type: "incarnation-lost", address: "a", reason: "c" });
  end();
  t.system.events.publish({ type: "system-started", system: "t" });
  expect(seen).toEqual(["listener-failed", "incarnation-lost"]);
});

it("a permit that throws grants nothing, and is reported", async () => {
  class Plain extends Actor {
    static type = "plain-permit";
    act(): number {
      return 1;
    }
  }
  const permit: Plugin = {
    name: "permit",
    install: (host) =>
      host.provide(outputPermit, {
        granted: () => {
          throw new Error("bad permit");
        },
      }),
  };
  await using t = await start([Plain], { plugins: [permit] });
  const asked = watch(t.system.ref(Plain, "a").ask.act());
  await t.time.settle();
  expect(asked.state).toBe("waiting");
  expect(t.events).toContainEqual({ type: "listener-failed", during: "output permit", error: new Error("bad permit") });
});

it("what the system is built on cannot be provided while it runs", async () => {
  await using t = await start([]);
  for (const taken of [outbound, outputPermit] as Port<unknown>[]) {
    const late: Plugin = { name: "late", install: (host) => host.provide(taken, {}) };
    await expect(t.system.install(late)).rejects.toMatchObject({
      code: "ACTOR_PLUGIN_FAILED",
      message: expect.stringContaining("list it in createSystem"),
    });
  }
  expect(t.system.plugins()).toEqual(["inside"]);
});
