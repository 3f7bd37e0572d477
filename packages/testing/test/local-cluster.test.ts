import { deserialize, serialize } from "node:v8";
import { cluster } from "@aether/cluster";
import { type Codec, EventSourcedActor, type Events } from "@aether/persistence";
import { localCluster } from "@aether/testing";
import { expect, it } from "vitest";
import { Account, Greeter } from "./account.ts";

const ids = Array.from({ length: 30 }, (_, i) => `a${i}`);

it("spreads actors over nodes, and speaks to all of them from each", async () => {
  await using nodes = await localCluster({ actors: [Account] });
  expect(nodes.nodes).toEqual(["node-1", "node-2", "node-3"]);
  expect(new Set(ids.map((id) => nodes.ownerOf(Account, id))).size).toBe(3);
  for (const id of ids) expect(await nodes.within(nodes.ref(Account, id, "node-2").ask.deposit(1))).toBe(1);
});

it("loses nothing that was acknowledged when a node is killed, and nothing is done twice", async () => {
  await using nodes = await localCluster({ actors: [Account] });
  const asked = ids.map((id) => nodes.ref(Account, id).ask.deposit(5));
  nodes.kill("node-3");
  expect(await nodes.within(Promise.all(asked))).toEqual(ids.map(() => 5));
  for (const id of ids) expect(await nodes.within(nodes.ref(Account, id).ask.balance())).toBe(5);
});

it("starts a killed node again, under another epoch", async () => {
  await using nodes = await localCluster({ actors: [Account] });
  const before = nodes.system("node-2").use(cluster).epoch;
  nodes.kill("node-2");
  await nodes.start("node-2");
  expect(nodes.system("node-2").use(cluster).epoch).toBeGreaterThan(before);
  for (const id of ids) expect(await nodes.within(nodes.ref(Account, id, "node-2").ask.deposit(1))).toBe(1);
});

it("keeps a node that is cut off from answering, until it is healed", async () => {
  await using nodes = await localCluster({ actors: [Account, Greeter] });
  const id = ids.find((one) => nodes.ownerOf(Account, one) === "node-3") ?? "";
  await nodes.within(nodes.ref(Account, id).ask.deposit(1));
  nodes.cut("node-3");
  await nodes.time.advance(3_000);
  const alone = nodes.ref(Account, id, "node-3").with({ timeoutMs: 2_000 }).ask.balance();
  await expect(nodes.within(alone)).rejects.toMatchObject({ code: "ACTOR_ASK_TIMEOUT" });
  expect(await nodes.within(nodes.ref(Account, id).ask.deposit(1))).toBe(2);
  nodes.heal("node-3");
  expect(await nodes.within(nodes.ref(Account, id, "node-3").ask.deposit(1))).toBe(3);
});

it("stops a node in order", async () => {
  await using nodes = await localCluster({ nodes: ["a", "b"], actors: [Account] });
  await nodes.stop("b");
  expect(nodes.nodes).toEqual(["a"]);
  for (const id of ids) expect(nodes.ownerOf(Account, id)).toBe("a");
});

it("names the nodes that there are", async () => {
  await using nodes = await localCluster({ nodes: 1, actors: [] });
  expect(() => nodes.kill("node-9")).toThrow('no node "node-9" runs; there are node-1');
  await expect(nodes.start("node-1")).rejects.toThrow('"node-1" runs already');
  await expect(localCluster({ nodes: [], actors: [] })).rejects.toThrow("nodes is empty");
});

it("stores with the codec that it is given", async () => {
  type Tagged = { readonly type: "tagged"; readonly tags: Set<string> };
  class Tags extends EventSourcedActor<Tagged> {
    static type = "tags";
    static readonly events: Events<Tagged> = { tagged: 1 };
    state = { tags: new Set<string>() };
    apply({ tags }: Tagged): void {
      for (const tag of tags) this.state.tags.add(tag);
    }
    tag(...tags: string[]): number {
      return this.persist({ type: "tagged", tags: new Set(tags) }).tags.size;
    }
  }
  const codec: Codec = { name: "v8", encode: (value) => serialize(value), decode: (bytes) => deserialize(bytes) };
  await using nodes = await localCluster({ nodes: 2, actors: [Tags], codec });
  expect(await nodes.within(nodes.ref(Tags, "t").ask.tag("a", "b"))).toBe(2);
  nodes.kill(nodes.ownerOf(Tags, "t") ?? "");
  expect(await nodes.within(nodes.ref(Tags, "t").ask.tag("b", "c"))).toBe(3);
});
