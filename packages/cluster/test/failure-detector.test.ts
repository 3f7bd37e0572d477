// Who is gone.
import { createVirtualTime } from "@aether/actor/testing";
import { ClusterView } from "@aether/cluster";
import { expect, it } from "vitest";
import { FailureDetector } from "../src/failure-detector.ts";
import { recordOf } from "./table-double.ts";

const leaseMs = 1_000;
const heartbeatMs = 200;
const self = { node: "me", epoch: 1 };
const b = { node: "b", epoch: 2 };
const view = ClusterView.empty
  .with({ record: recordOf("me"), revision: 1 })
  .with({ record: recordOf("b"), revision: 2 })
  .with({ record: recordOf("c"), revision: 3 });

function start() {
  const time = createVirtualTime();
  const removed: string[] = [];
  const detector = new FailureDetector({
    ...time,
    leaseMs,
    heartbeatMs,
    remove: ({ node, epoch }, reason) => void removed.push(`${node} ${epoch}: ${reason}`),
  });
  detector.follow(view, self);
  time.scheduler.every(heartbeatMs, () => detector.look());
  const hear = (node: string, epoch: number) =>
    time.scheduler.every(heartbeatMs, () => detector.heard({ node, epoch }));
  return { time, detector, removed, hear };
}

it("says that a node is gone after two failures 50 ms apart", async () => {
  const { time, detector, removed } = start();
  const again = (): void => detector.nobodyListens(b, again);
  detector.nobodyListens(b, again);
  await time.advance(49);
  expect(removed).toEqual([]);
  await time.advance(1);
  expect(removed).toEqual(["b 2: nobody listens for it"]);
});

it("does not take two failures of the same moment for two, and looks again", async () => {
  const { time, detector, removed } = start();
  let looks = 0;
  detector.nobodyListens(b, () => looks++);
  await time.advance(49);
  detector.nobodyListens(b, () => looks++);
  expect([removed.length, looks]).toEqual([0, 0]);
  await time.advance(1);
  expect(looks).toBe(2);
});

it("does not say so after one failure and a sign of life", async () => {
  const { time, detector, removed } = start();
  detector.nobodyListens(b, () => detector.heard(b));
  await time.advance(50);
  detector.nobodyListens(b, () => detector.heard(b));
  await time.advance(100);
  expect(removed).toEqual([]);
});

it("is not calmed by a sign of life of another start of the node", async () => {
  const { time, detector, removed } = start();
  detector.nobodyListens(b, () => undefined);
  await time.advance(50);
  detector.heard({ node: "b", epoch: 1 });
  detector.heard({ node: "b", epoch: 3 });
  detector.nobodyListens(b, () => undefined);
  expect(removed).toHaveLength(1);
});

it("says that a node is gone which was silent for a lease, and only that one", async () => {
  const { time, removed, hear } = start();
  hear("c", 3);
  await time.advance(leaseMs);
  expect(removed).toEqual([]);
  await time.advance(heartbeatMs);
  expect(removed).toEqual([`b 2: no heartbeat for ${leaseMs} ms`]);
});

it("says it again after half a second if the table does not show it", async () => {
  const { time, removed, hear } = start();
  hear("c", 3);
  await time.advance(leaseMs + heartbeatMs);
  await time.advance(400);
  expect(removed).toHaveLength(1);
  await time.advance(200);
  expect(removed).toHaveLength(2);
});

it("says nothing within one lease of a reconnect, whatever it does not hear", async () => {
  const { time, detector, removed } = start();
  await time.advance(900);
  detector.keepQuiet();
  const again = (): void => detector.nobodyListens(b, again);
  detector.nobodyListens(b, again);
  await time.advance(leaseMs - 1);
  detector.nobodyListens(b, again);
  expect(removed).toEqual([]);
  await time.advance(1);
  detector.nobodyListens(b, again);
  expect(removed).toEqual(["b 2: nobody listens for it"]);
});

it("counts silence anew after a reconnect", async () => {
  const { time, detector, removed } = start();
  await time.advance(900);
  detector.keepQuiet();
  await time.advance(leaseMs);
  expect(removed).toEqual([]);
  await time.advance(2 * heartbeatMs);
  expect(removed).toHaveLength(2);
});

it("does not take its own pause for the silence of others", () => {
  let now = 0;
  const removed: string[] = [];
  const clock = { now: () => now, wall: () => 0 };
  const { scheduler } = createVirtualTime();
  const detector = new FailureDetector({
    clock,
    scheduler,
    leaseMs,
    heartbeatMs,
    remove: (gone) => removed.push(gone.node),
  });
  detector.follow(view, self);
  for (; now <= 600; now += heartbeatMs) detector.look();
  now += 10_000; // stopped; what the others sent meanwhile lies unread when the timers run
  detector.look();
  expect(removed).toEqual([]);
  for (let beats = 0; beats < 2; beats++, now += heartbeatMs) detector.look();
  expect(removed).toEqual([]);
  for (let beats = 0; beats < 3; beats++, now += heartbeatMs) detector.look();
  expect(removed.toSorted()).toEqual(["b", "c"]); // silent for a lease in which this node did run
});

it("watches each start from when it saw it first, and nobody who is gone, nor itself", async () => {
  const { time, detector, removed, hear } = start();
  hear("c", 3);
  await time.advance(900);
  const again = view.with({ record: recordOf("b"), revision: 4 });
  detector.follow(again, self);
  await time.advance(900);
  expect(removed).toEqual([]);
  detector.follow(again.with({ record: recordOf("b", { epoch: 4, state: "left" }), revision: 5 }), self);
  detector.nobodyListens({ node: "b", epoch: 4 }, () => expect.unreachable());
  await time.advance(5_000);
  expect(removed).toEqual([]);
});

it("watches another process of its own id, so that the id is free again when that one dies", async () => {
  const { time, detector, removed, hear } = start();
  hear("b", 2);
  hear("c", 3);
  detector.follow(view.with({ record: recordOf("me"), revision: 4 }), self);
  await time.advance(leaseMs + heartbeatMs);
  expect(removed).toEqual([`me 4: no heartbeat for ${leaseMs} ms`]);
});

it("says of nobody that he is gone within one lease of the loss of a server that he may have been connected to", async () => {
  const time = createVirtualTime();
  const removed: string[] = [];
  let losses = 7;
  const { clock, scheduler } = time;
  const remove = (gone: { readonly node: string }): void => void removed.push(gone.node);
  const parts = { clock, scheduler, leaseMs, heartbeatMs, losses: () => losses, remove };
  const detector = new FailureDetector(parts);
  detector.follow(view, self);
  const lookAgain = (): void => detector.nobodyListens({ node: "b", epoch: 2 }, () => undefined);
  lookAgain();
  losses++;
  await time.advance(60);
  lookAgain();
  expect(removed).toEqual([]);
  await time.advance(leaseMs - 10);
  lookAgain();
  expect(removed).toEqual([]);
  await time.advance(60);
  lookAgain();
  expect(removed).toEqual(["b"]); // it is not back: the two looks count again
});
