// One node's place in the table.
import { createVirtualTime } from "@aether/actor/testing";
import { expect, it } from "vitest";
import { Membership } from "../src/membership.ts";
import { noChance, recordOf, TableDouble } from "./table-double.ts";

const time = createVirtualTime();

async function memberOf(table: TableDouble, node = "a"): Promise<Membership> {
  const member = new Membership(table, { node, weight: 1, types: ["t"] }, time.clock, noChance);
  await member.follow();
  return member;
}

it("shows what was there at once, however many nodes have been here, and then each change", async () => {
  const table = new TableDouble();
  for (let i = 1; i <= 20; i++) table.set(recordOf(`n${i}`, { state: i % 2 === 0 ? "left" : "removed" }));
  const member = new Membership(table, { node: "a", weight: 1, types: ["t"] }, time.clock, noChance);
  const seen: number[] = [];
  member.onView(({ revision, nodes }) => void seen.push(revision, nodes.size));
  await member.follow();
  expect(seen).toEqual([20, 20]);
  expect(member.removedSince({ node: "n1", epoch: 1 })).toBe(0);
  expect(member.removedSince({ node: "n2", epoch: 2 })).toBeUndefined();
  table.set(recordOf("b"));
  expect(seen.slice(2)).toEqual([21, 21]);
});

it("joins over an older epoch, whatever became of that", async () => {
  for (const state of ["up", "draining", "left", "removed"] as const) {
    const table = new TableDouble();
    const older = table.set(recordOf("a", { state }));
    const member = await memberOf(table);
    await member.join();
    expect(member.address).toEqual({ node: "a", epoch: (older + 1) * 1_000_000 });
    expect(member.view.stateOf(member.address)).toBe("up");
    expect(member.view.stateOf({ node: "a", epoch: older })).toBe("replaced");
  }
});

it("joins although others write at the same time, and gives up after ten lost races", async () => {
  const table = new TableDouble();
  const member = await memberOf(table);
  let races = 3;
  table.beforeWrite = () => void (races-- > 0 && table.set(recordOf("a", { state: "removed" })));
  await member.join();
  expect(member.address.epoch).toBe(4_000_000);
  table.beforeWrite = () => void table.set(recordOf("a", { state: "removed" }));
  await expect(member.join()).rejects.toMatchObject({ code: "CLUSTER_NOT_JOINED" });
});

it("answers with the time just before the write that succeeded", async () => {
  const table = new TableDouble();
  let now = 0;
  const member = new Membership(
    table,
    { node: "a", weight: 1, types: [] },
    { now: () => now, wall: () => 0 },
    noChance,
  );
  await member.follow();
  table.beforeWrite = () => {
    if (now === 0) table.set(recordOf("a", { state: "removed" }));
    now += 10;
  };
  expect(await member.join()).toEqual({ now: 10, wall: 0 });
  expect(now).toBe(20);
});

it("loses its place to a second process of the same id, and sees it", async () => {
  const table = new TableDouble();
  const [first, second] = [await memberOf(table), await memberOf(table)];
  await first.join();
  await second.join();
  expect(first.view.stateOf(first.address)).toBe("replaced");
  expect(first.view.isPresent(first.address)).toBe(false);
  expect(await first.setState("left")).toBe(false);
  expect(second.view.stateOf(second.address)).toBe("up");
});

it("waits for its id while another process holds it, and says so", async () => {
  const table = new TableDouble();
  const [first, second] = [await memberOf(table), await memberOf(table)];
  await first.join();
  await second.join();
  const problems: string[] = [];
  let isFree = false;
  void first.freed((error) => void problems.push(error.code)).then(() => (isFree = true));
  table.set(recordOf("b"));
  await time.settle();
  expect([isFree, problems[0]]).toEqual([false, "CLUSTER_NOT_JOINED"]);
  await second.setState("left");
  await time.settle();
  expect(isFree).toBe(true);
});

it("does not wait for an id that is only its own, or that was removed", async () => {
  const table = new TableDouble();
  const member = await memberOf(table);
  await member.freed(() => expect.unreachable());
  await member.join();
  await member.freed(() => expect.unreachable());
  table.set(recordOf("a", { epoch: member.address.epoch, state: "removed" }));
  await member.freed(() => expect.unreachable());
});

it("changes its state, and not that of a place that it has lost", async () => {
  const table = new TableDouble();
  const member = await memberOf(table);
  await member.join();
  expect(await member.setState("draining")).toBe(true);
  expect(await member.setState("draining")).toBe(true);
  expect(member.view.stateOf(member.address)).toBe("draining");
  table.set(recordOf("a", { epoch: member.address.epoch, state: "removed" }));
  expect(await member.setState("left")).toBe(false);
  expect(table.entries.get("a")?.record.state).toBe("removed");
});

it("removes a node only if its entry is still of that epoch", async () => {
  const table = new TableDouble();
  const member = await memberOf(table);
  await member.join();
  const first = table.set(recordOf("b"));
  const second = table.set(recordOf("b"));
  await member.remove({ node: "b", epoch: first }, await table.read("b"));
  expect(table.entries.get("b")?.record.state).toBe("up");
  await member.remove({ node: "b", epoch: second }, await table.read("b"));
  expect(table.entries.get("b")?.record).toMatchObject({ state: "removed", epoch: second });
  await member.remove({ node: "nobody", epoch: 1 }, await table.read("nobody"));
});

it("does not remove a node that comes back between its look and its write", async () => {
  const table = new TableDouble();
  const member = await memberOf(table);
  const first = table.set(recordOf("b"));
  table.beforeWrite = () => void table.set(recordOf("b"));
  await member.remove({ node: "b", epoch: first }, await table.read("b"));
  expect(member.view.stateOf({ node: "b", epoch: first })).toBe("replaced");
  expect(table.entries.get("b")?.record.state).toBe("up");
});

it("does not say that a node was removed which has left", async () => {
  const table = new TableDouble();
  const member = await memberOf(table);
  const epoch = table.set(recordOf("b"));
  table.set(recordOf("b", { epoch, state: "left" }));
  await member.remove({ node: "b", epoch }, await table.read("b"));
  expect(table.entries.get("b")?.record.state).toBe("left");
});

it("knows since when a node is removed, and nothing of those it has not seen", async () => {
  const table = new TableDouble();
  const member = await memberOf(table);
  const epoch = table.set(recordOf("b"));
  table.set(recordOf("b", { epoch, state: "removed" }));
  await time.advance(70);
  expect(member.removedSince({ node: "b", epoch })).toBe(70);
  expect(member.removedSince({ node: "b", epoch: epoch + 1 })).toBeUndefined();
});

it("ends the wait for its own join also when it was removed before anybody saw it up", async () => {
  const table = new TableDouble();
  const member = await memberOf(table);
  const watchers = table.watchers.splice(0);
  await member.join();
  const seen = member.isSeen();
  table.watchers.push(...watchers);
  table.set(recordOf("a", { epoch: member.address.epoch, state: "removed" }));
  expect(await seen).toBe(false);
});
