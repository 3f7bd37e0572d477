// A watch that tells nothing any more, and does not know it.
import { createVirtualTime } from "@aether/actor/testing";
import type { TableEntry } from "@aether/cluster";
import { expect, it } from "vitest";
import { FollowedTable } from "../src/followed-table.ts";
import { recordOf, TableDouble } from "./table-double.ts";

const silentMs = 1_000;

async function start() {
  const time = createVirtualTime();
  const inner = new TableDouble();
  const problems: unknown[] = [];
  const table = new FollowedTable(inner, {
    scheduler: time.scheduler,
    silentMs,
    problem: (error) => void problems.push(error),
  });
  const seen: TableEntry[] = [];
  const stop = await table.watch((entry) => void seen.push(entry));
  const revisions = () => seen.map(({ revision }) => revision);
  /** The watches of now tell nothing from here on; whoever follows anew is told. */
  const deafen = () => inner.watchers.splice(0);
  return { time, inner, table, problems, revisions, stop, deafen };
}

it("is followed anew when another node has seen what the watch does not tell", async () => {
  const { time, inner, table, revisions, deafen } = await start();
  deafen();
  const revision = inner.set(recordOf("b"));
  table.heardOf(revision);
  await time.advance(silentMs - 1);
  expect(revisions()).toEqual([]);
  await time.advance(1);
  expect(revisions()).toEqual([revision]);
  const next = inner.set(recordOf("c"));
  expect(revisions()).toEqual([revision, next]);
  expect(inner.watchers).toHaveLength(1);
});

it.each([
  ["a read", (table: FollowedTable) => table.read("b")],
  ["a write", (table: FollowedTable) => table.write(recordOf("a"), 0)],
])("is followed anew when %s shows what the watch does not tell", async (_what, ask) => {
  const { time, inner, table, revisions, deafen } = await start();
  deafen();
  const revision = inner.set(recordOf("b"));
  await ask(table);
  expect(table.newestRevision).toBe(inner.revision);
  await time.advance(silentMs);
  expect(revisions()).toContain(revision);
});

it("lets the watch be that tells what was seen, if late", async () => {
  const { time, inner, table, revisions, deafen } = await start();
  const [late] = deafen();
  const revision = inner.set(recordOf("b"));
  table.heardOf(revision);
  await time.advance(silentMs - 1);
  late?.(inner.entries.get("b") as TableEntry);
  await time.advance(10 * silentMs);
  expect(revisions()).toEqual([revision]); // a new watch would have told it again
  expect(time.timers).toBe(0);
});

it("tries again while the table cannot be watched, and stops its old watch only then", async () => {
  const { time, inner, table, problems, revisions, deafen } = await start();
  const [old] = deafen();
  const watch = inner.watch.bind(inner);
  inner.watch = () => Promise.reject(new Error("no leader"));
  const revision = inner.set(recordOf("b"));
  table.heardOf(revision + 1);
  await time.advance(2 * silentMs);
  expect(problems).toHaveLength(2);
  old?.(inner.entries.get("b") as TableEntry); // it was not so deaf
  expect(revisions()).toEqual([revision]);
  inner.watch = watch;
  await time.advance(silentMs);
  expect(revisions()).toEqual([revision, revision]);
});

it("forgets what nobody can show it", async () => {
  const { time, inner, table, revisions } = await start();
  inner.set(recordOf("b"));
  table.heardOf(1_000); // of another table, perhaps
  await time.advance(10 * silentMs);
  expect(revisions()).toEqual([1, 1]); // followed anew, once
  expect([table.newestRevision, time.timers]).toEqual([1, 0]); // and told to nobody else
});

it.each(["stop", "close"] as const)("asks nothing more after %s", async (how) => {
  const { time, inner, table, revisions, stop, deafen } = await start();
  deafen();
  table.heardOf(inner.set(recordOf("b")));
  if (how === "stop") stop();
  else table.close();
  expect([time.timers, table.newestRevision]).toEqual([0, 0]);
  table.heardOf(7);
  await time.advance(10 * silentMs);
  expect([revisions(), inner.watchers]).toEqual([[], []]);
});

it("ends a watch that it was stopped in the middle of beginning", async () => {
  const { time, inner, table, deafen } = await start();
  deafen();
  table.heardOf(inner.set(recordOf("b")));
  const watch = inner.watch.bind(inner);
  let begin!: () => void;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  inner.watch = async (watcher) => {
    await begun;
    return watch(watcher);
  };
  await time.advance(silentMs);
  table.close();
  begin();
  await time.settle();
  expect(inner.watchers).toEqual([]);
});
