// Every question to the table ends.
import { createVirtualTime } from "@aether/actor/testing";
import { cluster } from "@aether/cluster";
import { expect, it } from "vitest";
import { BoundedTable } from "../src/bounded-table.ts";
import { leaseMs, TestCluster, watch } from "./harness.ts";
import { slowTable } from "./slow-table.ts";
import { recordOf, TableDouble } from "./table-double.ts";

const never = new Promise<never>(() => {});
const hangs = { read: () => never, newest: () => never, write: () => never };

it("ends a read, a write and a watch that hang, by name", async () => {
  const time = createVirtualTime();
  const hanging = { ...hangs, watch: () => never };
  const table = new BoundedTable(hanging, time.scheduler, 500);
  const read = watch(table.read("a"));
  const newest = watch(table.newest());
  const write = watch(table.write(recordOf("a"), 0));
  const watching = watch(table.watch(() => {}));
  await time.advance(499);
  expect([read.state, newest.state, write.state]).toEqual(["waiting", "waiting", "waiting"]);
  await time.advance(1);
  const silent = "failed CLUSTER_TABLE_SILENT";
  expect([read.state, newest.state, write.state]).toEqual([silent, silent, silent]);
  await time.advance(9_500);
  expect(watching.state).toBe("failed CLUSTER_TABLE_SILENT");
  expect(time.timers).toBe(0);
});

it("begins a watch again that does not show what there was, long before a consumer would notice that by itself", async () => {
  const time = createVirtualTime();
  const inner = new TableDouble();
  let tries = 0;
  const table = new BoundedTable(
    { ...hangs, watch: (watcher) => (++tries < 2 ? never : inner.watch(watcher)) },
    time.scheduler,
    500,
  );
  const watching = watch(table.watch(() => {}));
  await time.advance(2_000);
  expect([tries, inner.watchers.length]).toEqual([2, 1]);
  expect(watching.state).toMatch(/^done/);
  expect(time.timers).toBe(0);
});

it("ends a watch that begins after its time", async () => {
  const time = createVirtualTime();
  const inner = new TableDouble();
  let begin!: () => void;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const table = new BoundedTable(
    {
      ...hangs,
      watch: async (watcher) => {
        await begun;
        return inner.watch(watcher);
      },
    },
    time.scheduler,
    500,
  );
  const watching = watch(table.watch(() => {}));
  await time.advance(10_000);
  expect(watching.state).toBe("failed CLUSTER_TABLE_SILENT");
  begin();
  await time.settle();
  expect(inner.watchers).toEqual([]);
});

it("leaves no timer behind what is answered", async () => {
  const time = createVirtualTime();
  const inner = new TableDouble();
  const table = new BoundedTable(inner, time.scheduler, 500);
  expect(await table.write(recordOf("a"), 0)).toBe(1);
  expect((await table.read("a"))?.revision).toBe(1);
  await table.watch(() => {});
  await time.settle();
  expect(time.timers).toBe(0);
});

it("lets a node renew its lease at once when a read that hung has been given up", async () => {
  await using all = new TestCluster();
  const slow = slowTable(all.backend);
  const a = await all.start("a", { backend: slow.backend });
  const release = slow.hang("a");
  await all.time.advance(leaseMs);
  expect(a.use(cluster).hasLease).toBe(false);
  release();
  await all.time.advance(leaseMs / 2 + leaseMs / 5);
  expect(a.use(cluster).hasLease).toBe(true);
  expect(all.happened("a", "node-lost-place")).toEqual([]);
});

it("lets a node without a lease speak again as soon as its table answers, whatever it never answered before", async () => {
  await using all = new TestCluster();
  const slow = slowTable(all.backend);
  const a = await all.start("a", { backend: slow.backend });
  const answer = slow.drop("a");
  await all.time.advance(leaseMs + 50);
  expect(a.use(cluster).hasLease).toBe(false);
  answer();
  await all.time.advance(leaseMs / 25); // a fifth of a heartbeat
  expect(a.use(cluster).hasLease).toBe(true);
  expect(all.happened("a", "node-lost-place")).toEqual([]);
});
