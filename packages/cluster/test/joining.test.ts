// How a node joins others: bit by bit, and only those that it can work with.
import { ActorAddress, AetherError } from "@aether/actor";
import { cluster, type ClusterBackend, type MemberTable, type NodeRecord, rendezvous } from "@aether/cluster";
import { faultyBackend } from "@aether/persistence/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { joinedAt } from "../src/epoch.ts";
import { Counter, Echo, latch, TestCluster, watch } from "./harness.ts";
import { slowTable } from "./slow-table.ts";

let all: TestCluster;
beforeEach(() => {
  all = new TestCluster();
});
afterEach(() => all[Symbol.asyncDispose]());

function weightOf(node: string, by: string): number | undefined {
  const nodes = all.systems.get(by)?.use(cluster).nodes();
  return nodes?.find((known) => known.node === node)?.weight;
}

/** Puts a node into the table that is no process at all. @param over the revision that it stands over */
async function plant(record: Partial<NodeRecord>, over = 0): Promise<void> {
  const scope = {
    systemName: "t",
    node: "planted",
    problem: () => {},
    later: (task: () => void) => all.time.scheduler.microtask(task),
    after: (ms: number, task: () => void) => void all.time.scheduler.after(ms, task),
  };
  const { table } = await all.backend.open(scope);
  const whole = { node: "planted", epoch: 0, state: "up", weight: 1, types: ["counter"], time: 0 } as const;
  await table.write({ ...whole, ...record }, over);
}

it("takes its share from others in steps, and each step moves actors to it alone", async () => {
  const a = await all.start("a");
  const ids = Array.from({ length: 200 }, (_, i) => `j${i}`);
  await all.within(Promise.all(ids.map((id) => a.ref(Counter, id).ask.count(1))));
  const b = await all.start("b", { weight: 2, joinSteps: 4, joinStepMs: 100 });
  const weights: (number | undefined)[] = [];
  const owned: number[] = [];
  let before = new Set<string>();
  for (let step = 0; step < 5; step++) {
    weights.push(weightOf("b", "a"));
    const onB = new Set(ids.filter((id) => a.use(cluster).ownerOf(a.ref(Counter, id)) === "b"));
    for (const id of before) expect(onB.has(id)).toBe(true);
    owned.push(onB.size);
    before = onB;
    await all.time.advance(100);
  }
  expect(weights).toEqual([0.5, 1, 1.5, 2, 2]);
  const [first = 0, , , last = 0] = owned;
  expect(first).toBeGreaterThan(40); // a third of 200 is 67
  expect(first).toBeLessThan(95);
  expect(last).toBeGreaterThan(115); // two thirds are 133
  for (const id of ids) expect(await all.within(b.ref(Counter, id).ask.count(1))).toBe(2);
});

it("takes an actor that is still being read elsewhere, with those who wait for it, and is not fenced by it later", async () => {
  const { opened: stored, open: answer } = latch();
  const slow = faultyBackend(all.store, ({ operation, n }) =>
    operation === "head" && n === 1 ? { type: "wait", until: stored } : undefined,
  );
  await all.start("a", { store: slow });
  const client = await all.start("client", { actors: [] });
  const place = { epoch: 1, state: "up", weight: 1, types: ["counter"], time: 0 } as const;
  const nodes = ["a", "b"].map((node) => ({ ...place, node }));
  const ids = Array.from({ length: 20 }, (_, i) => `j${i}`);
  const id = ids.find((one) => rendezvous(new ActorAddress("counter", one), nodes)?.node === "b") as string;
  const asked = watch(client.ref(Counter, id).ask.count(1));
  await all.time.advance(100);
  expect(asked.state).toBe("waiting");
  await all.start("b");
  await all.time.advance(100);
  expect(asked.state).toBe("done 1");
  answer();
  await all.time.advance(1_000);
  expect(all.happened("b", "incarnation-lost")).toEqual([]);
  expect(await all.within(client.ref(Counter, id).ask.count(1))).toBe(2);
  expect(all.happened("b", "incarnation-lost")).toEqual([]);
});

it("takes all at once where nobody else hosts its types", async () => {
  await all.start("client", { actors: [] });
  await all.start("other", { actors: [Echo] });
  await all.start("a", { actors: [Counter], joinSteps: 4 });
  expect(weightOf("a", "client")).toBe(1);
  await all.start("b", { actors: [Counter], joinSteps: 4 });
  expect(weightOf("b", "client")).toBe(0.25);
  await all.start("idle", { actors: [], joinSteps: 4 });
  expect(weightOf("idle", "client")).toBe(1);
});

it("takes no more steps once it drains, and none back from a drain", async () => {
  await all.start("a");
  const b = await all.start("b", { joinSteps: 4, joinStepMs: 1_000 });
  await all.within(b.stop());
  all.systems.delete("b");
  await all.time.advance(10_000);
  expect(weightOf("b", "a")).toBe(0.25);
});

it("goes on with its steps when the table failed at one of them", async () => {
  await all.start("a");
  await all.start("b", { joinSteps: 3, joinStepMs: 400 });
  all.backend.cut("b");
  await all.time.advance(500); // the step falls into this
  all.backend.heal("b");
  expect(weightOf("b", "a")).toBeCloseTo(1 / 3);
  await all.time.advance(1_000);
  expect(weightOf("b", "a")).toBe(1);
});

it("takes steps again when it comes back after it lost its place", async () => {
  await all.start("a");
  const b = await all.start("b", { joinSteps: 2, joinStepMs: 300 });
  await all.time.advance(400);
  expect(weightOf("b", "a")).toBe(1);
  all.backend.cut("b");
  await all.time.advance(2_000);
  all.backend.heal("b");
  await all.time.advance(100);
  expect(b.use(cluster).hasLease).toBe(true);
  expect(weightOf("b", "a")).toBe(0.5);
  await all.time.advance(500);
  expect(weightOf("b", "a")).toBe(1);
});

it("refuses to join a node of a protocol that it does not understand, by name, and leaves nothing behind", async () => {
  await plant({ protocols: [7, 9] });
  await expect(all.start("a")).rejects.toMatchObject({
    cause: { code: "CLUSTER_PROTOCOL_MISMATCH", data: { node: "a", other: "planted", theirs: [7, 9] } },
  });
  const old = await all.backend.open({
    systemName: "t",
    node: "look",
    problem: () => {},
    later: () => {},
    after: () => {},
  });
  expect(await old.table.read("a")).toBeUndefined();
});

it("joins nodes whose range of protocols meets its own, and takes the place of one under its own id whatever it spoke", async () => {
  await plant({ protocols: [1, 9] });
  const planted = await all.start("planted");
  expect(planted.use(cluster).hasLease).toBe(true);
});

it("joins where a node of another protocol was, and is gone", async () => {
  await plant({ protocols: [7, 9], state: "left" });
  expect((await all.start("a")).use(cluster).hasLease).toBe(true);
});

it("gives way when one that it cannot work with joined a moment before, and says why", async () => {
  const slow = slowTable(all.backend);
  const show = slow.lag("a"); // does not see the other before its own join
  const starting = all.start("a", { backend: slow.backend });
  const refused = expect(starting).rejects.toMatchObject({ cause: { code: "CLUSTER_PROTOCOL_MISMATCH" } });
  await plant({ protocols: [7, 9], node: "early" }).then(() => {});
  await all.time.settle();
  show();
  await refused;
  const { table } = await all.backend.open({
    systemName: "t",
    node: "look",
    problem: () => {},
    later: () => {},
    after: () => {},
  });
  expect((await table.read("a"))?.record.state).toBe("left");
});

it("refuses to join nodes of another system, should a table ever hold both", async () => {
  await plant({ system: "other" });
  await expect(all.start("a")).rejects.toMatchObject({ cause: { code: "CLUSTER_SYSTEM_MISMATCH" } });
});

it("fails its start in the end when its own watch never shows its join", async () => {
  const slow = slowTable(all.backend);
  slow.lag("a");
  await expect(all.start("a", { backend: slow.backend })).rejects.toMatchObject({
    cause: { code: "CLUSTER_NOT_JOINED" },
  });
});

it("keeps no actor of a join that it gave up, should its watch show that one after all", async () => {
  const slow = slowTable(all.backend);
  const a = await all.start("a", { backend: slow.backend });
  const show = slow.lag("a");
  await plant({ node: "a", epoch: 1, state: "removed" }, 1);
  while (all.happened("a", "node-lost-place").length === 0) await all.time.advance(10);
  await all.time.advance(10_000 + 50); // its try has failed, and the next one has not begun
  const joins = all.happened("a", "node-joined").length;
  show();
  a.ref(Echo, "1").tell.say("under the entry that was given up");
  await all.time.settle();
  expect(a.counts()["echo"]).toBe(1);
  await all.time.advance(1_000);
  expect(all.happened("a", "node-joined")).toHaveLength(joins + 1);
  expect(await all.within(a.ref(Echo, "1").ask.heard())).toEqual([]);
});

it("names what is wrong with its options", () => {
  const backend: ClusterBackend = all.backend;
  expect(() => cluster({ backend, joinSteps: 0 })).toThrow("joinSteps is 0; use 1 to 100");
  expect(() => cluster({ backend, joinSteps: 1.5 })).toThrow("joinSteps is 1.5");
  expect(() => cluster({ backend, joinStepMs: 9 })).toThrow("joinStepMs is 9; use 10 to 60,000");
});

it("joins at the next try when nobody knows whether its first was written", async () => {
  const lost = new AetherError("NATS_OUTCOME_UNKNOWN", "the answer was lost", { retryable: true });
  let writes = 0;
  const backend: ClusterBackend = {
    ...all.backend,
    async open(scope) {
      const opened = await all.backend.open(scope);
      const { table } = opened;
      const losing: MemberTable = {
        read: (node) => table.read(node),
        newest: () => table.newest(),
        watch: (watcher) => table.watch(watcher),
        async write(record, revision) {
          const written = await table.write(record, revision);
          if (++writes === 1) throw lost;
          return written;
        },
      };
      return { ...opened, table: losing };
    },
  };
  const a = await all.start("a", { backend });
  expect(joinedAt(a.use(cluster).epoch)).toBe(2);
  expect(await all.within(a.ref(Counter, "x").ask.count(1))).toBe(1);
});
