// A node that can be heard and hears nothing, as behind a connection that is open in one direction only.
import { cluster } from "@aether/cluster";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Counter, Echo, leaseMs, TestCluster, watch } from "./harness.ts";
import { slowTable } from "./slow-table.ts";

let all: TestCluster;
beforeEach(() => {
  all = new TestCluster();
});
afterEach(() => all[Symbol.asyncDispose]());

async function withDeafB(askEveryMs: number) {
  const slow = slowTable(all.backend);
  const a = await all.start("a", { backend: slow.backend });
  const b = await all.start("b", { backend: slow.backend });
  await all.time.settle();
  const stop = all.time.scheduler.every(askEveryMs, () => b.ref(Echo, all.idOn("a", b, "echo")).tell.say("here"));
  const hear = [slow.drop("b"), slow.lag("b"), stop];
  return { a, b, hear: () => hear.forEach((again) => again()) };
}

it("loses its place although it still sends: it may not speak, and its callers need its actors", async () => {
  const { a, b, hear } = await withDeafB(50);
  const id = all.idOn("b", a);
  await all.time.advance(leaseMs);
  const command = watch(
    a
      .ref(Counter, id)
      .with({ timeoutMs: 10 * leaseMs })
      .ask.count(1),
  );
  await all.time.advance(2 * leaseMs);
  expect(b.use(cluster).hasLease).toBe(false);
  expect(command.state).toBe("done 1");
  expect(all.happened("a", "node-removed")).toMatchObject([{ node: "b" }]);
  hear();
  await all.time.advance(2 * leaseMs);
  expect(b.use(cluster).hasLease).toBe(true); // it has joined anew
  expect(await all.within(b.ref(Counter, id).ask.read())).toBe(1);
});

it("keeps its place when it hears again before its lease was over for long", async () => {
  const { b, hear } = await withDeafB(50);
  const { epoch } = b.use(cluster);
  await all.time.advance(1.5 * leaseMs);
  hear();
  await all.time.advance(5 * leaseMs);
  expect([b.use(cluster).hasLease, b.use(cluster).epoch]).toEqual([true, epoch]);
  expect(all.happened("a", "node-removed")).toEqual([]);
});
