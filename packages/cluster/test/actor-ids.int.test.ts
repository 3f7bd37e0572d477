// Actor ids that mean something to NATS, to JavaScript or to a terminal: between nodes, and in the store, each is one actor.
import { type ActorSystem, createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { memoryCluster } from "@aether/cluster/memory";
import { startNatsServer } from "@aether/nats/server";
import { persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { expect, it } from "vitest";
import { Counter, Echo } from "./harness.ts";

const forNats = ". .. a..b .a a. * > a.* a.> $JS.API.x $KV.x = =2E %2E".split(" ");
const forTerminals = [" ", "a b", "\t", "\r\n", "x\r\nPUB a 0\r\n", "\0", "\0z", "\u200b", "\ufeffa", "\\", '"', "a/b"];
const forJavaScript = "__proto__ constructor toString then null undefined 1 01 1.0 NaN".split(" ");
const twins = ["é", "e\u0301", "A", "a", "İ", "i", "ß", "SS", "\u{1f600}", "x".repeat(200), "ü".repeat(100)];
const legal: readonly string[] = [...forNats, ...forTerminals, ...forJavaScript, ...twins];
const illegal: readonly string[] = ["", "\ud800", "a\udc00", "x".repeat(201), "ü".repeat(101), "x".repeat(5_000)];

async function check(host: ActorSystem, client: ActorSystem): Promise<void> {
  await Promise.all(legal.map((id, i) => client.ref(Echo, id).ask.say(i)));
  await Promise.all(legal.map((id, i) => client.ref(Counter, id).ask.count(i + 1)));
  expect(await Promise.all(legal.map((id) => client.ref(Echo, id).ask.heard()))).toEqual(legal.map((_, i) => [i]));
  expect(await Promise.all(legal.map((id) => client.ref(Counter, id).ask.read()))).toEqual(legal.map((_, i) => i + 1));
  for (const id of illegal)
    expect(() => client.ref(Echo, id)).toThrow(expect.objectContaining({ code: "ACTOR_INVALID_ID" }));
  expect(host.counts()).toEqual({ echo: legal.length, counter: legal.length });
  expect(client.counts()).toEqual({});
}

it("are told apart over a real server, by the nodes and by the store, also after all nodes have gone", async () => {
  await using server = await startNatsServer();
  const start = (node: string, actors: (typeof Echo | typeof Counter)[]): Promise<ActorSystem> =>
    createSystem({ name: "ids", actors, plugins: [cluster({ servers: server.url, node })], log: false });
  const [host, client] = [await start("host", [Echo, Counter]), await start("client", [])];
  await check(host, client);
  await client.stop();
  await host.stop();
  const later = await start("later", [Counter]);
  expect(await Promise.all(legal.map((id) => later.ref(Counter, id).ask.read()))).toEqual(legal.map((_, i) => i + 1));
  await later.stop();
}, 30_000);

it("are told apart over the memory backend", async () => {
  const [backend, store] = [memoryCluster(), memory()];
  const start = (node: string, actors: (typeof Echo | typeof Counter)[]): Promise<ActorSystem> =>
    createSystem({ name: "ids", actors, plugins: [persistence({ store }), cluster({ backend, node })], log: false });
  const [host, client] = [await start("host", [Echo, Counter]), await start("client", [])];
  await check(host, client);
  await client.stop();
  await host.stop();
});
