// The right to speak.
import { createVirtualTime } from "@aether/actor/testing";
import { expect, it } from "vitest";
import { Lease } from "../src/lease.ts";
import { Membership } from "../src/membership.ts";
import { noChance, recordOf, TableDouble } from "./table-double.ts";

const leaseMs = 1_000;

async function start() {
  const time = createVirtualTime();
  const table = new TableDouble();
  const membership = new Membership(table, { node: "a", weight: 1, types: [] }, time.clock, noChance);
  await membership.follow();
  const news: string[] = [];
  const lease = new Lease({ table, membership, clock: time.clock }, leaseMs, {
    regained: () => void news.push("regained"),
    lost: () => void news.push("lost"),
    answered: () => void news.push("answered"),
    doubts: (entry) => membership.contradictionIn("a", entry) !== undefined,
    jumped: (ms) => void news.push(`jumped ${ms}`),
    failed: (error) => void news.push((error as Error).message),
  });
  lease.startAt(await membership.join());
  news.length = 0;
  return { time, table, membership, lease, news };
}

/** Holds the table's answers until called. */
function holdReads(table: TableDouble): () => void {
  let go!: () => void;
  table.hold = new Promise((resolve) => (go = resolve));
  return () => {
    table.hold = undefined;
    go();
  };
}

it("is granted for one lease from the join, and not a moment longer", async () => {
  const { time, lease } = await start();
  await time.advance(leaseMs - 1);
  expect(lease.granted()).toBe(true);
  await time.advance(1);
  expect(lease.granted()).toBe(false);
});

it("runs from when the question was sent, however late the answer", async () => {
  const { time, table, lease } = await start();
  await time.advance(500);
  const answer = holdReads(table);
  const renewed = lease.renew();
  await time.advance(400);
  answer();
  await renewed;
  await time.advance(599); // 1,499 since the join, 999 since the question
  expect(lease.granted()).toBe(true);
  await time.advance(1);
  expect(lease.granted()).toBe(false);
});

it("does not come back by an answer that is older than a lease", async () => {
  const { time, table, lease, news } = await start();
  const answer = holdReads(table);
  const renewed = lease.renew();
  await time.advance(leaseMs + 1);
  answer();
  await renewed;
  expect(lease.granted()).toBe(false);
  expect(news).not.toContain("regained");
});

/** A lease at a machine that may be suspended: the wall clock goes on then, the monotonic one does not. */
async function startWithWall() {
  const time = createVirtualTime();
  let shiftMs = 0;
  const clock = { now: () => time.clock.now(), wall: () => time.clock.wall() + shiftMs };
  const table = new TableDouble();
  const membership = new Membership(table, { node: "a", weight: 1, types: [] }, clock, noChance);
  await membership.follow();
  const news: string[] = [];
  const lease = new Lease({ table, membership, clock }, leaseMs, {
    regained: () => void news.push("regained"),
    lost: () => void news.push("lost"),
    answered: () => {},
    doubts: () => false,
    failed: (error) => void news.push((error as Error).message),
    jumped: (ms) => void news.push(`jumped ${ms}`),
  });
  lease.startAt(await membership.join());
  news.length = 0;
  return { time, table, lease, news, shift: (ms: number) => void (shiftMs += ms) };
}

it("is over after a suspension of the machine that the monotonic clock did not see, until the table confirms it", async () => {
  const { time, table, lease, news, shift } = await startWithWall();
  await time.advance(100);
  shift(60_000);
  const answer = holdReads(table);
  expect([lease.granted(), lease.granted()]).toEqual([false, false]);
  expect(news).toEqual(["jumped 60000"]); // and it has asked, once
  expect(table.reads).toBe(2); // the join was the first
  answer();
  await time.settle();
  expect(lease.granted()).toBe(true);
  expect(news).toEqual(["jumped 60000", "regained"]);
});

it("opens again what it has shut when the wall clock is put right before the table has answered", async () => {
  const { time, table, lease, news, shift } = await startWithWall();
  const answer = holdReads(table);
  shift(60_000);
  expect(lease.granted()).toBe(false); // what asks now is held back, and asks no more
  shift(-60_000);
  answer();
  await time.settle();
  expect(lease.granted()).toBe(true);
  expect(news).toEqual(["jumped 60000", "regained"]);
});

it("does not take an answer for new that was asked for before a suspension", async () => {
  const { time, table, lease, shift } = await startWithWall();
  const answer = holdReads(table);
  const renewed = lease.renew();
  shift(60_000);
  answer();
  await renewed;
  expect(lease.granted()).toBe(false);
  await time.settle(); // that look has asked again
  expect(lease.granted()).toBe(true);
});

it("loses nothing by a wall clock that is set back, or by one that runs a little fast", async () => {
  const { time, lease, news, shift } = await startWithWall();
  shift(-3_600_000);
  await time.advance(leaseMs - 1);
  expect(lease.granted()).toBe(true);
  await time.advance(1);
  expect(lease.granted()).toBe(false); // the monotonic clock says so
  expect(news).toEqual([]);
  await lease.renew();
  await time.advance(900);
  shift(90);
  expect(lease.granted()).toBe(true);
});

it("is extended by a new question while an older one has no answer", async () => {
  const { time, table, lease } = await start();
  await time.advance(500);
  const answer = holdReads(table);
  const lost = lease.renew();
  table.hold = undefined; // the next leader answers at once; who was asked before it never does
  await time.advance(400);
  await lease.renew();
  await time.advance(leaseMs - 1);
  expect(lease.granted()).toBe(true);
  answer();
  await lost;
});

it("takes no notice of what comes of a question that a newer answer has overtaken", async () => {
  const { time, table, lease, news } = await start();
  const answer = holdReads(table);
  table.failure = new Error("no answer in time");
  const failing = lease.renew();
  table.failure = undefined;
  const late = lease.renew();
  await time.advance(100);
  table.hold = undefined;
  await lease.renew();
  answer();
  await Promise.all([failing, late]);
  expect(news).toEqual(["answered"]);
});

it("does not pile up questions without end", async () => {
  const { table, lease } = await start();
  const before = table.reads;
  const answer = holdReads(table);
  const all = Array.from({ length: 100 }, () => lease.renew());
  answer();
  await Promise.all(all);
  expect(table.reads - before).toBeLessThan(20);
});

it("is not extended by a late answer about an older epoch", async () => {
  const { time, table, membership, lease, news } = await start();
  await time.advance(900);
  const answer = holdReads(table);
  const renewed = lease.renew();
  table.hold = undefined;
  lease.end();
  await membership.join();
  answer();
  await renewed;
  expect(lease.granted()).toBe(false);
  expect(news).toEqual(["answered"]);
});

it("is not extended by an answer to a question from before it ended, even of the same epoch", async () => {
  const { table, lease, news } = await start();
  const answer = holdReads(table);
  const renewed = lease.renew();
  lease.end();
  answer();
  await renewed;
  expect(lease.granted()).toBe(false);
  expect(news).toEqual(["answered"]);
});

it.each([
  ["removed", (table: TableDouble, epoch: number) => table.set(recordOf("a", { epoch, state: "removed" }))],
  ["taken by another start", (table: TableDouble) => table.set(recordOf("a"))],
])("is lost when the entry is %s", async (_what, change) => {
  const { table, membership, lease, news } = await start();
  change(table, membership.address.epoch);
  await lease.renew();
  expect(news).toEqual(["answered", "lost"]);
});

it("is neither lost nor extended by an answer that cannot be", async () => {
  const { time, table, lease, news } = await start();
  table.entries.delete("a"); // the view knows better
  await time.advance(500);
  await lease.renew();
  expect(news).toEqual(["answered"]);
  await time.advance(500);
  expect(lease.granted()).toBe(false);
});

it("goes on while its node drains", async () => {
  const { time, membership, lease } = await start();
  await membership.setState("draining");
  await time.advance(900);
  await lease.renew();
  await time.advance(900);
  expect(lease.granted()).toBe(true);
});

it("reports a table that does not answer, and is regained when it does again", async () => {
  const { time, table, lease, news } = await start();
  table.failure = new Error("away");
  await lease.renew();
  expect(lease.granted()).toBe(true);
  await time.advance(leaseMs);
  expect(lease.granted()).toBe(false);
  table.failure = undefined;
  await lease.renew();
  expect(lease.granted()).toBe(true);
  expect(news).toEqual(["away", "answered", "regained"]);
  await lease.renew();
  expect(news).toEqual(["away", "answered", "regained", "answered"]);
});
