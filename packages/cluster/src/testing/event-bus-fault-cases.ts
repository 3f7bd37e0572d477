// The cases of the event bus on faults and bounds: what is lost on the way, slow handlers, large commits, lost connections,
// the end of subscriptions, and very many of them.
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { EventSubscription } from "../contracts/event-bus.ts";
import { type BusCaseBody, codeOf, gate, numbers, Seen, Tally, Writer } from "./event-bus-place.ts";
import { eventually } from "./eventually.ts";

const all = { actor: Tally, from: "start" } as const;
/** What one subscription may take of the heap at most. */
const maxBytesEach = 8_192;
/** With fewer subscriptions, what else is allocated meanwhile would count. */
const enoughToMeasure = 1_000;

/** After a collection. */
function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return getHeapStatistics().used_heap_size;
}

export const faultCases: Readonly<Record<string, BusCaseBody>> = {
  "B7 reads again what was lost on the way, in its place": async (place) => {
    const seen = new Seen();
    await (await place.open("a")).subscribeToEventStored(all, seen.handler);
    const writer = new Writer(place);
    await writer.add("x", 1);
    await eventually(() => seen.amounts, [1]);
    place.lose("a", 2);
    await writer.add("x", 2, 3, 4);
    await writer.add("y", 5);
    await eventually(() => seen.amounts, [1, 2, 3, 4, 5]);
  },
  "B7 says that something was lost": async (place) => {
    const seen = new Seen();
    await (await place.open("a")).subscribeToEventStored(all, seen.handler);
    place.lose("a", 1);
    await new Writer(place).add("x", 1, 2);
    await eventually(() => seen.amounts, [1, 2]);
    deepStrictEqual(place.problems, ["CLUSTER_EVENT_GAP"]);
  },
  "B8 lets a slow handler read from the store what it could not hold, and holds up nobody else": async (place) => {
    const slow = gate();
    const [held, quick] = [new Seen(() => slow.opened), new Seen()];
    const bus = await place.open("a");
    await bus.subscribeToEventStored({ ...all, maxWaiting: 4 }, held.handler);
    await bus.subscribeToEventStored(all, quick.handler);
    await new Writer(place).add("x", ...numbers(1, 100));
    await eventually(() => quick.amounts, numbers(1, 100));
    deepStrictEqual(held.amounts, []);
    slow.open();
    await eventually(() => held.amounts, numbers(1, 100));
    deepStrictEqual(place.problems, []);
  },
  "B8 ends a slow one instead where that is wanted": async (place) => {
    const slow = gate();
    const bus = await place.open("a");
    const options = { ...all, maxWaiting: 4, whenSlow: "fail" } as const;
    const subscription = await bus.subscribeToEventStored(options, () => slow.opened);
    const writing = new Writer(place).add("x", ...numbers(1, 20));
    const ended = codeOf(subscription.ended);
    await writing;
    await eventually(() => place.problems.length, 0);
    slow.open();
    strictEqual(await ended, "CLUSTER_SLOW_CONSUMER");
  },
  "B17 tells a commit of the largest size unchanged, and never one that is larger": async (place) => {
    const seen = new Seen();
    await (await place.open("a")).subscribeToEventStored({ ...all, maxWaitingBytes: 1_000 }, seen.handler);
    const writer = new Writer(place);
    const text = "x".repeat(place.events.limits.maxCommitBytes - 2_000);
    strictEqual(await writer.commit("x", [{ type: "added", amount: 1, text } as never]), "committed");
    const tooLarge = text.repeat(2);
    strictEqual(await writer.commit("x", [{ type: "added", amount: 2, text: tooLarge } as never]), "rejected");
    await writer.add("x", 3);
    await eventually(() => seen.amounts, [1, 3]);
    const [first] = seen.all;
    strictEqual(first?.event.type === "added" && first.event.text === text, true);
  },
  "B18 tells after a break of the connection what was stored meanwhile": async (place) => {
    const seen = new Seen();
    await (await place.open("a")).subscribeToEventStored(all, seen.handler);
    const writer = new Writer(place);
    await writer.add("x", 1);
    await eventually(() => seen.amounts, [1]);
    await place.cut("a");
    await writer.add("x", ...numbers(2, 50));
    deepStrictEqual(seen.amounts, [1]);
    await place.heal("a");
    await writer.add("x", 51);
    await eventually(() => seen.amounts, numbers(1, 51));
  },
  "B19 calls no handler again once it is stopped, and waits for the call under way": async (place) => {
    const slow = gate();
    const started: number[] = [];
    const subscription = await (
      await place.open("a")
    ).subscribeToEventStored(all, async ({ version }) => {
      started.push(version);
      await slow.opened;
    });
    const writer = new Writer(place);
    await writer.add("x", 1, 2, 3);
    await eventually(() => started, [1]);
    let hasStopped = false;
    const stopping = subscription.stop().then(() => {
      hasStopped = true;
    });
    await writer.add("x", 4);
    strictEqual(hasStopped, false);
    slow.open();
    await stopping;
    await writer.add("x", 5);
    const other = new Seen();
    await (await place.open("a")).subscribeToEventStored(all, other.handler);
    await eventually(() => other.amounts, [1, 2, 3, 4, 5]);
    deepStrictEqual(started, [1]);
  },
  "B20 handles what was stored before it was drained, then stops": async (place) => {
    const writer = new Writer(place);
    await writer.add("x", ...numbers(1, 40));
    const seen = new Seen(() => new Promise<void>((resolve) => void Promise.resolve().then(resolve)));
    const subscription = await (await place.open("a")).subscribeToEventStored(all, seen.handler);
    await writer.add("x", ...numbers(41, 60));
    await writer.commit("x", [{ type: "moved" }], { type: "other" });
    await subscription.drain();
    await writer.add("x", 61);
    deepStrictEqual(seen.amounts, numbers(1, 60));
    await subscription.ended;
  },
  "B22 bears very many subscriptions of a process, each told of its own actor only": async (place, options) => {
    const many = options.manySubscriptions ?? 10_000;
    const bus = await place.open("a");
    const told = new Map<string, number>();
    const before = heapBytes();
    const subscriptions: EventSubscription[] = await Promise.all(
      numbers(1, many).map((i) =>
        bus.subscribeToEventStored({ actor: Tally, id: `x${i}` }, ({ actor }) => {
          told.set(`${i}:${actor.id}`, (told.get(`${i}:${actor.id}`) ?? 0) + 1);
        }),
      ),
    );
    const each = (heapBytes() - before) / many;
    const writer = new Writer(place);
    await Promise.all([1, Math.ceil(many / 2), many].map((i) => writer.add(`x${i}`, i, i)));
    await eventually(
      () => Object.fromEntries(told),
      Object.fromEntries([1, Math.ceil(many / 2), many].map((i) => [`${i}:x${i}`, 2])),
    );
    ok(many < enoughToMeasure || each < maxBytesEach, `${Math.round(each)} bytes each`);
    await Promise.all(subscriptions.map((subscription) => subscription.stop()));
  },
};
