// A member table that comes back older than it was: everybody notices, and in the end all agree again.
import { type ActorSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { afterEach, beforeEach, expect, it } from "vitest";
import { joinedAt } from "../src/epoch.ts";
import { Counter, Echo, latch, leaseMs, TestCluster, waits, watch } from "./harness.ts";
import { RestorableTable } from "./restorable-table.ts";
import { slowTable } from "./slow-table.ts";

let all: TestCluster;
let table: RestorableTable;
beforeEach(() => {
  all = new TestCluster();
  table = new RestorableTable();
});
afterEach(() => all[Symbol.asyncDispose]());

function start(node: string, rest: object = {}): Promise<ActorSystem> {
  return all.start(node, { backend: table.in(all.backend), ...rest });
}

/** What a node knows, without what only people read. */
function known(system: ActorSystem): unknown {
  return system
    .use(cluster)
    .nodes()
    .map(({ node, epoch, state, revision }) => ({ node, epoch, state, revision }))
    .toSorted((a, b) => (a.node < b.node ? -1 : 1));
}

function noticed(node: string): number {
  return all
    .happened(node, "cluster-problem")
    .filter((event) => "error" in event && (event.error as { code?: string }).code === "CLUSTER_TABLE_REGRESSED")
    .length;
}

function expectAgreement(systems: readonly ActorSystem[]): void {
  for (const system of systems) {
    expect(known(system)).toEqual(known(systems[0] as ActorSystem));
    expect(system.use(cluster).hasLease).toBe(true);
  }
}

it("is noticed by every node when it was made anew, and all join again", async () => {
  const empty = table.copy();
  const nodes = [await start("a"), await start("b"), await start("c")];
  const client = await start("client", { actors: [] });
  const ids = Array.from({ length: 20 }, (_, i) => `r${i}`);
  await all.within(Promise.all(ids.map((id) => client.ref(Counter, id).ask.count(1))));
  empty();
  const asks = ids.map((id) => watch(client.ref(Counter, id).with({ timeoutMs: 20_000 }).ask.count(1)));
  await all.time.advance(4 * leaseMs);
  for (const node of ["a", "b", "c", "client"]) expect(noticed(node)).toBeGreaterThan(0);
  expectAgreement([...nodes, client]);
  await all.time.advance(10_000);
  expect(asks.map(({ state }) => state)).toEqual(ids.map(() => "done 2"));
  for (const id of ids) expect(await all.within(client.ref(Counter, id).ask.count(1))).toBe(3);
});

it("is noticed by those as well whose own entries are still there, when it lost its last changes", async () => {
  const [a, b] = [await start("a"), await start("b")];
  const older = table.copy();
  const c = await start("c");
  const d = await start("d");
  const atD = all.idOn("d", a, "echo");
  const { opened, open } = latch();
  waits.set("regress", opened);
  const under = { timeoutMs: 20_000, commandId: "under-way" };
  const underWay = watch(a.ref(Echo, atD).with(under).ask.waitFor("regress"));
  await all.time.settle();
  older(); // c and d are lost, a and b are as they were
  await all.time.advance(4 * leaseMs);
  open();
  await all.time.advance(500);
  expect(underWay.state).toMatch(/^done/);
  expectAgreement([a, b, c, d]);
  expect(known(a)).toHaveLength(4);
  expect(noticed("c")).toBeGreaterThan(0);
  expect(await all.within(a.ref(Counter, "1").ask.count(1))).toBe(1);
  expect(await all.within(d.ref(Counter, "1").ask.count(1))).toBe(2);
});

it("shows everybody a node that joined in a place which their watches had passed already", async () => {
  const a = await start("a");
  const older = table.copy();
  const b = await start("b");
  await all.within(b.stop()); // three changes that only `a` knows of
  all.systems.delete("b");
  older();
  const c = await start("c"); // takes a revision that `a` waits no more for
  expect(known(c)).toHaveLength(2);
  await all.time.advance(4 * leaseMs);
  expect(noticed("a")).toBeGreaterThan(0);
  expectAgreement([a, c]);
});

it.each([
  ["removed", 3 * leaseMs],
  ["there", 0],
])("does not take a new start for the one that was last seen %s at its revision", async (_as, ms) => {
  const a = await start("a");
  const older = table.copy();
  const b = await start("b");
  const [atA, other] = [all.idOn("a", a), all.idOn("a", a, "echo")];
  expect(await all.within(b.ref(Counter, atA).ask.count(1))).toBe(1);
  const joined = joinedAt(b.use(cluster).epoch);
  all.backend.cut("b");
  await all.time.advance(ms);
  older();
  await all.within(b.stop());
  all.systems.delete("b");
  all.backend.heal("b");
  const again = await start("b"); // under the revision that its former start had
  expect(joinedAt(again.use(cluster).epoch)).toBe(joined);
  const ask = watch(again.ref(Counter, atA).with({ timeoutMs: 20_000 }).ask.count(1));
  await all.time.advance(4 * leaseMs);
  expect(ask.state).toBe("done 2");
  expect(await all.within(again.ref(Echo, other).ask.say("hello"))).toBe("hello");
  expectAgreement([a, again]);
});

it("does not keep a node that left under the revisions that its steps had", async () => {
  const a = await start("a");
  const b = await start("b", { joinSteps: 3, joinStepMs: leaseMs });
  const atB = all.idOn("b", a);
  const older = table.copy();
  await all.time.advance(2.5 * leaseMs); // two steps that the table then loses
  all.backend.cut("b");
  older();
  await all.within(b.stop()); // draining and left have the revisions of the steps
  all.systems.delete("b");
  const ask = watch(a.ref(Counter, atB).with({ timeoutMs: 20_000 }).ask.count(1));
  await all.time.advance(4 * leaseMs);
  expect(ask.state).toBe("done 1");
  expect(noticed("a")).toBeGreaterThan(0);
  expectAgreement([a]);
});

it("lets nobody keep a node that is gone and whose join it lost: its actors would be nowhere", async () => {
  const [a, b] = [await start("a"), await start("b")];
  const older = table.copy();
  const c = await start("c");
  const atC = all.idOn("c", a);
  all.backend.cut("c");
  older();
  await all.within(c.stop());
  all.systems.delete("c");
  const ask = watch(a.ref(Counter, atC).with({ timeoutMs: 20_000 }).ask.count(1));
  await all.time.advance(4 * leaseMs);
  expect(ask.state).toBe("done 1");
  expectAgreement([a, b]);
  expect(known(a)).toHaveLength(2);
});

it("is noticed by who saw a node removed that goes on as if it never had been", async () => {
  const slow = slowTable(table.in(all.backend));
  const a = await start("a");
  const b = await all.start("b", { backend: slow.backend });
  const atB = all.idOn("b", a);
  expect(await all.within(b.ref(Counter, atB).ask.count(1))).toBe(1);
  const older = table.copy();
  all.backend.cut("b");
  slow.deafen("b");
  const answer = slow.drop("b");
  await all.time.advance(3 * leaseMs);
  expect(known(a)).toMatchObject([
    { node: "a", state: "up" },
    { node: "b", state: "removed" },
  ]);
  older();
  answer();
  all.backend.heal("b");
  const { epoch } = b.use(cluster);
  await all.time.advance(4 * leaseMs);
  expect(noticed("a")).toBeGreaterThan(0);
  expectAgreement([a, b]);
  expect(known(a)).toMatchObject([{ state: "up" }, { state: "up" }]);
  // What it ran may have gone on elsewhere: none of it is left.
  expect(b.use(cluster).epoch).toBeGreaterThan(epoch);
});

it("is not suspected for a single answer that is old: a leader that was replaced may give it", async () => {
  const a = await start("a");
  const joined = table.copy();
  const b = await start("b");
  const current = table.copy();
  joined();
  await all.time.advance(leaseMs / 5); // one heartbeat sees the old state
  current();
  await all.time.advance(4 * leaseMs);
  expect([noticed("a"), noticed("b")]).toEqual([0, 0]);
  expectAgreement([a, b]);
});
