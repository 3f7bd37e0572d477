// Plugins that come and go while a system runs.
import { Actor, type Interceptor, type Plugin, type PluginHost, port, type SystemEvent } from "@aether/actor";
import { createSeededRandom } from "@aether/actor/testing";
import { beforeEach, expect, it } from "vitest";
import { latch, start, watch } from "./harness.ts";

let log: string[] = [];
beforeEach(() => {
  log = [];
});

/** Replies with who stood around it: the innermost first, so that interceptors only append. */
class Echo extends Actor {
  static type = "echo";
  say(n: number): string {
    return String(n);
  }
  async sayLater(n: number): Promise<string> {
    await gate.opened;
    return String(n);
  }
}
let gate = latch();

const noting = (name: string, extra: Partial<Plugin> = {}): Plugin => {
  const note = (phase: string) => () => void log.push(`${name} ${phase}`);
  return { name, install: note("install"), start: note("start"), drain: note("drain"), close: note("close"), ...extra };
};
/** Appends its name to each reply. */
const marking = (name: string, extra: Partial<Plugin> = {}): Plugin => {
  const mark: Interceptor = (_, next) => {
    const result = next();
    return result instanceof Promise ? result.then((said) => `${String(said)}${name}`) : `${String(result)}${name}`;
  };
  return { name, install: (host) => void host.intercept(mark), ...extra };
};
const say = (t: { system: Awaited<ReturnType<typeof start>>["system"] }, n = 0) => t.system.ref(Echo, "a").ask.say(n);

it("an installed plugin stands last, or before another; its hooks run in their order", async () => {
  await using t = await start([Echo], { plugins: [marking("a"), marking("b")] });
  const last = marking("c", { start: () => void log.push("c start") });
  await t.system.install(last);
  await t.system.install(marking("x"), { before: "b" });
  expect(t.system.plugins()).toEqual(["inside", "a", "x", "b", "c"]);
  expect([await say(t), log]).toEqual(["0cbxa", ["c start"]]);
  const noted = noting("n");
  await t.system.install(noted);
  await t.system.remove(noted);
  expect(log.slice(1)).toEqual(["n install", "n start", "n drain", "n close"]);
  await t.system.remove(last);
  expect([t.system.plugins(), await say(t)]).toEqual([["inside", "a", "x", "b"], "0bxa"]);
});

it("stop closes what came later first", async () => {
  const t = await start([], { plugins: [noting("a")] });
  await t.system.install(noting("b"));
  await t.system.install(noting("c"), { before: "a" });
  log.length = 0;
  await t.system.stop();
  expect(log).toEqual(["b drain", "a drain", "c drain", "b close", "a close", "c close"]);
});

it("while messages arrive, plugins come, go and change places: none fails, and each passed a combination that there was", async () => {
  await using t = await start([Echo]);
  const seed = 7;
  const random = createSeededRandom(seed);
  const plugins = ["a", "b", "c", "d"].map((name) => marking(name));
  const isInstalled = (plugin: Plugin) => t.system.plugins().includes(plugin.name);
  const combination = () => t.system.plugins().slice(1).toReversed().join("");
  const existed = new Set([combination()]);
  const replies: Promise<string>[] = [];
  const ask = () => {
    for (let i = 0; i < 20; i++) {
      const n = replies.length;
      const { ask } = t.system.ref(Echo, `actor ${n % 7}`);
      replies.push(n % 3 === 0 ? ask.sayLater(n) : ask.say(n));
    }
  };
  gate.open();
  for (let change = 0; change < 200; change++) {
    ask();
    const plugin = plugins[Math.floor(random.next() * plugins.length)] as Plugin;
    const others = plugins.filter((other) => other !== plugin && isInstalled(other));
    const before = others[Math.floor(random.next() * (others.length + 1))]?.name;
    const changed = isInstalled(plugin)
      ? t.system.remove(plugin)
      : t.system.install(plugin, before === undefined ? {} : { before });
    ask();
    await changed;
    existed.add(combination());
  }
  const seen = new Set<string>();
  for (const [n, reply] of (await Promise.all(replies)).entries()) {
    expect(reply.startsWith(String(n)), `seed ${seed}`).toBe(true);
    seen.add(reply.slice(String(n).length));
  }
  expect(replies).toHaveLength(8_000);
  expect([...seen].filter((one) => !existed.has(one))).toEqual([]);
  expect(seen.size).toBeGreaterThan(20);
  expect(t.system.deadLetters.total).toBe(0);
});

it("a turn that began behind a plugin ends behind it, although that was removed meanwhile", async () => {
  gate = latch();
  await using t = await start([Echo]);
  const mark = marking("m");
  await t.system.install(mark);
  const slow = t.system.ref(Echo, "a").ask.sayLater(1);
  const next = t.system.ref(Echo, "a").ask.say(2);
  await t.time.settle();
  await t.system.remove(mark);
  gate.open();
  expect([await slow, await next]).toEqual(["1m", "2"]);
});

it("a plugin that closes stands around nothing any more and hears nothing any more", async () => {
  const closing = latch();
  const heard: string[] = [];
  const plugin: Plugin = {
    name: "closing",
    install(host) {
      host.events.subscribe((event) => heard.push(event.type));
      host.events.on("dead-letter", (event) => heard.push(event.command));
      host.intercept(() => "closed too early");
    },
    close: () => closing.opened,
  };
  await using t = await start([Echo]);
  await t.system.install(plugin);
  t.system.events.publish({ type: "incarnation-lost", address: "x", reason: "test" });
  expect([await say(t), heard]).toEqual(["closed too early", ["actor-activated", "incarnation-lost"].toReversed()]);
  const removed = watch(t.system.remove(plugin));
  await t.time.settle();
  t.system.events.publish({ type: "incarnation-lost", address: "x", reason: "test" });
  expect([removed.state, await say(t), heard.length]).toEqual(["waiting", "0", 2]);
  closing.open();
  await t.time.settle();
  expect([removed.state, t.system.plugins()]).toEqual(["done: undefined", ["inside"]]);
});

it("typed events reach who asks for them by name", async () => {
  const seen: Extract<SystemEvent, { type: "actor-activated" }>[] = [];
  const watching: Plugin = {
    name: "watching",
    install: (host) => void host.events.on("actor-activated", (event) => seen.push(event)),
  };
  await using t = await start([Echo]);
  await t.system.install(watching);
  await say(t);
  expect(seen.map(({ address, tookMs }) => [address, tookMs])).toEqual([["echo/a", 0]]);
});

it.each(["install", "start"] as const)("a plugin that throws in %s leaves nothing behind", async (phase) => {
  const answers = port<number>("answers");
  let host!: PluginHost;
  const failing = marking("bad", {
    async install(given) {
      host = given;
      given.provide(answers, 42);
      given.intercept(() => "bad");
      given.events.subscribe(() => log.push("heard"));
      await Promise.resolve();
      if (phase === "install") throw new Error("no");
    },
    start: () => Promise.reject(new Error("no")),
    close: () => void log.push("closed"),
    includes: [noting("included")],
  });
  await using t = await start([Echo]);
  const during = phase === "install" ? "installation" : "start";
  await expect(t.system.install(failing)).rejects.toMatchObject({
    code: "ACTOR_PLUGIN_FAILED",
    data: { plugin: "bad", during },
  });
  const started = phase === "start" ? ["included start"] : [];
  expect(log).toEqual(["included install", ...started, "closed", "included drain", "included close"]);
  log.length = 0;
  expect([await say(t), t.system.plugins(), log]).toEqual(["0", ["inside"], []]);
  expect(() => t.system.use({ api: answers })).toThrow("answers");
  expect(() => host.intercept(() => 1)).toThrow('"bad" is not installed any more');
  expect(() => host.events.subscribe(() => undefined)).toThrow(TypeError);
  expect(() => host.provide(answers, 1)).toThrow(TypeError);
  await t.system.install(marking("bad"));
  expect(await say(t)).toBe("0bad");
});

it("what another plugin has included and was never installed is not closed", async () => {
  const bad = noting("bad", { install: () => Promise.reject(new Error("no")) });
  await using t = await start([]);
  await expect(t.system.install(noting("outer", { includes: [bad] }))).rejects.toThrow('"bad"');
  expect(log).toEqual(["bad drain", "bad close"]);
});

it("a plugin whose close fails is removed all the same, and named", async () => {
  const stuck = marking("stuck", { close: () => Promise.reject(new Error("stuck")) });
  await using t = await start([Echo]);
  await t.system.install(stuck);
  await expect(t.system.remove(stuck)).rejects.toMatchObject({
    code: "ACTOR_PLUGIN_FAILED",
    data: { plugin: "stuck", during: "close" },
  });
  expect([t.system.plugins(), await say(t)]).toEqual([["inside"], "0"]);
});

it("two who remove a plugin at once close it once; one that is still being installed cannot be removed", async () => {
  const installing = latch();
  const slow = noting("slow", { install: () => installing.opened });
  await using t = await start([]);
  const installed = t.system.install(slow);
  await expect(t.system.remove(slow)).rejects.toThrow("not installed");
  installing.open();
  await installed;
  await Promise.all([t.system.remove(slow), t.system.remove(slow)]);
  expect(log).toEqual(["slow start", "slow drain", "slow close"]);
  await expect(t.system.remove(slow)).rejects.toThrow(TypeError);
});

it("a plugin that removes itself while it drains does so once", async () => {
  await using t = await start([]);
  const leaving: Plugin = noting("leaving", {
    drain() {
      log.push("leaving drain");
      void t.system.remove(leaving);
    },
  });
  await t.system.install(leaving);
  await t.system.remove(leaving);
  expect(log).toEqual(["leaving install", "leaving start", "leaving drain", "leaving close"]);
});

it("a plugin that provides ports stays", async () => {
  const answers = port<number>("answers");
  const providing: Plugin = { name: "providing", install: (host) => host.provide(answers, 42) };
  await using t = await start([]);
  await t.system.install(providing);
  expect(t.system.use({ api: answers })).toBe(42);
  await expect(t.system.remove(providing)).rejects.toMatchObject({
    code: "ACTOR_PLUGIN_IN_USE",
    data: { plugin: "providing", ports: ["answers"] },
  });
  expect(t.system.use({ api: answers })).toBe(42);
});

it("refuses a name that is taken, a place that there is not, and what is no plugin", async () => {
  await using t = await start([Echo], { plugins: [marking("a")] });
  await expect(t.system.install(marking("a"))).rejects.toThrow('Two plugins are named "a"');
  await expect(t.system.install(marking("b"), { before: "z" })).rejects.toThrow('before "z": there are inside, a');
  await expect(t.system.install(marking("b"), { after: "a" } as never)).rejects.toThrow('unknown option "after"');
  await expect(t.system.remove(marking("a"))).rejects.toThrow("not installed");
  for (const wrong of [undefined, {}, { name: "" }, { name: "x" }]) {
    await expect(t.system.install(wrong as never)).rejects.toThrow(TypeError);
  }
  expect(await say(t)).toBe("0a");
});

it("once the system stops nothing is installed, also not what was about to be", async () => {
  const installing = latch();
  const t = await start([]);
  const install = () => installing.opened.then(() => void log.push("slow install"));
  const slow = watch(t.system.install(noting("slow", { install })));
  const stopped = t.system.stop();
  await expect(t.system.install(noting("late"))).rejects.toMatchObject({ code: "ACTOR_SYSTEM_STOPPED" });
  await stopped;
  installing.open();
  await t.time.settle();
  expect([slow.state, log]).toEqual(["failed: ACTOR_SYSTEM_STOPPED", ["slow install", "slow drain", "slow close"]]);
});
