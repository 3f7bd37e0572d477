// The right to speak.
import { createVirtualTime } from "@aether/actor/testing";
import { expect, it } from "vitest";
import { Lease } from "../src/lease.ts";
import { Membership } from "../src/membership.ts";
import { recordOf, TableDouble } from "./table-double.ts";

const leaseMs = 1_000;

async function start() {
  const time = createVirtualTime();
  const table = new TableDouble();
  const membership = new Membership(table, { node: "a", weight: 1, types: [] }, time.clock);
  await membership.follow();
  const news: string[] = [];
  const lease = new Lease({ table, membership, clock: time.clock }, leaseMs, {
    regained: () => void news.push("regained"),
    lost: () => void news.push("lost"),
    answered: () => void news.push("answered"),
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

it("reads the monotonic clock alone", async () => {
  const table = new TableDouble();
  let wall = 1e12;
  const clock = { now: () => 0, wall: () => (wall += 1e9) };
  const membership = new Membership(table, { node: "a", weight: 1, types: [] }, clock);
  await membership.follow();
  const silent = { regained: () => {}, lost: () => {}, answered: () => {}, failed: () => {} };
  const lease = new Lease({ table, membership, clock }, leaseMs, silent);
  lease.startAt(await membership.join());
  expect(lease.granted()).toBe(true);
});

it("asks one question at a time", async () => {
  const { table, lease } = await start();
  const before = table.reads;
  const answer = holdReads(table);
  const all = [lease.renew(), lease.renew(), lease.renew()];
  answer();
  await Promise.all(all);
  expect(table.reads).toBe(before + 1);
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
  ["deleted", (table: TableDouble) => table.entries.delete("a")],
])("is lost when the entry is %s", async (_what, change) => {
  const { table, membership, lease, news } = await start();
  change(table, membership.address.epoch);
  await lease.renew();
  expect(news).toEqual(["answered", "lost"]);
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
