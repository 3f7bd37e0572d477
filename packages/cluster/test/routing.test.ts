// Where messages go, and what comes back.
import { isRejection } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { afterEach, beforeEach, expect, it } from "vitest";
import { joinedAt } from "../src/epoch.ts";
import { Counter, Echo, latch, TestCluster, waits, watch } from "./harness.ts";

let all: TestCluster;
beforeEach(() => {
  all = new TestCluster();
});
afterEach(() => all[Symbol.asyncDispose]());

/** A client that hosts nothing, and two nodes that host all. */
async function three() {
  const [a, b] = [await all.start("a"), await all.start("b")];
  const client = await all.start("client", { actors: [] });
  await all.time.settle();
  return { a, b, client };
}

it("brings each message to the one node that owns its actor", async () => {
  const { a, b, client } = await three();
  const ids = Array.from({ length: 40 }, (_, i) => `e${i}`);
  for (const from of [client, a, b]) {
    await all.within(Promise.all(ids.map((id) => from.ref(Echo, id).ask.say(id))));
  }
  expect((a.counts()["echo"] ?? 0) + (b.counts()["echo"] ?? 0)).toBe(40);
  expect(a.counts()["echo"]).toBeGreaterThan(5);
  expect(b.counts()["echo"]).toBeGreaterThan(5);
  for (const id of ids) expect(await all.within(client.ref(Echo, id).ask.heard())).toEqual([id, id, id]);
});

it("keeps the order of what one sender sends to one actor, also while the receiver does not know the owner yet", async () => {
  const { a, client } = await three();
  const id = all.idOn("b", client, "echo");
  for (let i = 0; i < 50; i++) a.ref(Echo, id).tell.say(i);
  expect(await all.within(a.ref(Echo, id).ask.heard())).toEqual(Array.from({ length: 50 }, (_, i) => i));
  const c = await all.start("c");
  const moved = Array.from({ length: 200 }, (_, i) => `m${i}`);
  for (let i = 0; i < 20; i++) for (const one of moved) client.ref(Echo, one).tell.say(i);
  const heard = await all.within(Promise.all(moved.map((one) => client.ref(Echo, one).ask.heard())));
  for (const one of heard) expect(one).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(c.counts()["echo"]).toBeGreaterThan(20);
});

it("takes values, nothing, rejections and errors to the caller by code and data", async () => {
  const { client } = await three();
  const echo = client.ref(Echo, all.idOn("b", client, "echo"));
  const value = { a: [1, { b: null }], c: "ü" };
  expect(await all.within(echo.ask.say(value))).toEqual(value);
  const refused = await all.within(echo.ask.refuse().catch((error: unknown) => error));
  expect(isRejection(refused, "no")).toBe(true);
  expect(refused).toMatchObject({ data: { why: "because" } });
  const failed = await all.within(echo.ask.fail().catch((error: unknown) => error));
  expect(failed).toMatchObject({ code: "ACTOR_FAILED" });
  await expect(all.within(echo.ask.say("x".repeat(2_000_000)))).rejects.toMatchObject({
    code: "CLUSTER_MESSAGE_TOO_LARGE",
  });
  await expect(all.within(echo.ask.say(new Date(0)))).rejects.toThrow(/Date/);
});

it("takes headers and the remaining time along", async () => {
  const { client } = await three();
  const echo = client.ref(Echo, all.idOn("b", client, "echo"));
  expect(await all.within(echo.with({ headers: { tenant: "t1" } }).ask.header("tenant"))).toBe("t1");
  expect(await all.within(echo.with({ timeoutMs: 1_234 }).ask.remaining())).toBe(1_234);
});

it("lets an abort cross: a command that waits behind another is dropped", async () => {
  const { client } = await three();
  const echo = client.ref(Echo, all.idOn("b", client, "echo"));
  const { opened, open } = latch();
  waits.set("door", opened);
  const first = echo.ask.waitFor("door");
  const aborter = new AbortController();
  const second = watch(echo.with({ signal: aborter.signal }).ask.say("never"));
  await all.time.advance(20);
  aborter.abort(new Error("enough"));
  await all.time.advance(100);
  open();
  await all.within(first);
  expect(second.state).toBe("failed Error: enough");
  expect(await all.within(echo.ask.heard())).toEqual(["door"]);
});

it("drops a command whose time ran out while it waited there", async () => {
  const { client } = await three();
  const echo = client.ref(Echo, all.idOn("b", client, "echo"));
  const { opened, open } = latch();
  waits.set("door", opened);
  const first = echo.ask.waitFor("door");
  const second = watch(echo.with({ timeoutMs: 100 }).ask.say("never"));
  await all.time.advance(200);
  expect(second.state).toBe("failed ACTOR_ASK_TIMEOUT");
  open();
  await all.within(first);
  expect(await all.within(echo.ask.heard())).toEqual(["door"]);
});

it("waits for a node that hosts the type, within the deadline", async () => {
  const client = await all.start("client", { actors: [] });
  const patient = watch(client.ref(Counter, "1").with({ timeoutMs: 3_000 }).ask.count(1));
  const hasty = watch(client.ref(Counter, "1").with({ timeoutMs: 1_000 }).ask.count(1));
  client.ref(Counter, "1").tell.count(10);
  client.ref(Counter, "1").with({ timeoutMs: 1_000 }).tell.count(100);
  await all.time.advance(2_000);
  expect([patient.state, hasty.state]).toEqual(["waiting", "failed ACTOR_ASK_TIMEOUT"]);
  const a = await all.start("a");
  await all.time.advance(500);
  expect(patient.state).toBe("done 1");
  expect(await all.within(a.ref(Counter, "1").ask.read())).toBe(11);
  expect(all.happened("client", "dead-letter")).toMatchObject([{ command: "count" }]);
});

it("does not pile up what waits for a type that nobody hosts", async () => {
  const client = await all.start("client", { actors: [] });
  const states = [];
  for (let i = 0; i < 16_400; i++) states.push(watch(client.ref(Echo, "1").ask.say(i)));
  await all.time.settle();
  expect(states.filter(({ state }) => state === "failed CLUSTER_OVERLOADED")).toHaveLength(16);
  await all.time.advance(5_100);
  expect(states.filter(({ state }) => state === "failed ACTOR_ASK_TIMEOUT")).toHaveLength(16_384);
  client.ref(Echo, "1").tell.say("there is room again");
  const a = await all.start("a", { actors: [Echo] });
  await all.time.advance(100);
  expect(await all.within(a.ref(Echo, "1").ask.heard())).toEqual(["there is room again"]);
});

it("refuses when too many wait for one node", async () => {
  const { client } = await three();
  const id = all.idOn("b", client, "echo");
  all.backend.cut("b");
  const states = [];
  for (let i = 0; i < 16_400; i++) states.push(watch(client.ref(Echo, id).ask.say(i)));
  await all.time.settle();
  expect(states.filter(({ state }) => state === "failed CLUSTER_OVERLOADED")).toHaveLength(16);
});

it("says who it is and whom it knows", async () => {
  const { a } = await three();
  expect(a.use(cluster)).toMatchObject({ node: "a", revision: 3, hasLease: true, resent: 0 });
  expect(joinedAt(a.use(cluster).epoch)).toBe(1);
  const known = a
    .use(cluster)
    .nodes()
    .map(({ node, epoch, state, types }) => ({ node, joined: joinedAt(epoch), state, types }));
  expect(known).toEqual([
    { node: "a", joined: 1, state: "up", types: ["counter", "echo"] },
    { node: "b", joined: 2, state: "up", types: ["counter", "echo"] },
    { node: "client", joined: 3, state: "up", types: [] },
  ]);
});
