// The cases of the event bus on what is remembered: where a durable subscription goes on, what is told again, what is set
// aside.
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import type { EventSubscription } from "../contracts/event-bus.ts";
import { type BusCaseBody, type BusPlace, codeOf, gate, numbers, Seen, Tally, Writer } from "./event-bus-place.ts";
import { eventually } from "./eventually.ts";

/** Nothing is waited for between attempts and checkpoints. */
const eager = { actor: Tally, from: "start", name: "sums", checkpointEvery: 1, retryMs: 1, maxAttempts: 3 } as const;

export const durableCases: Readonly<Record<string, BusCaseBody>> = {
  "B3 goes on exactly behind the last handled event after a restart": async (place) => {
    const writer = new Writer(place);
    const [before, after] = [new Seen(), new Seen()];
    const first = await (await place.open("a")).subscribeToEventStored(eager, before.handler);
    await writer.add("x", 1, 2, 3);
    await eventually(() => before.amounts, [1, 2, 3]);
    await first.stop();
    await writer.add("x", 4, 5);
    await (await place.open("b")).subscribeToEventStored(eager, after.handler);
    await eventually(() => after.amounts, [4, 5]);
    deepStrictEqual(before.amounts, [1, 2, 3]);
  },
  'B3 begins where it was told to at the first start, and remembers it: "new" is new once': async (place) => {
    const writer = new Writer(place);
    await writer.add("x", 1);
    const options = { ...eager, from: "new" } as const;
    await (await (await place.open("a")).subscribeToEventStored(options, () => {})).stop();
    await writer.add("x", 2);
    const seen = new Seen();
    await (await place.open("b")).subscribeToEventStored(options, seen.handler);
    await eventually(() => seen.amounts, [2]);
  },
  "B3 goes on in the middle of a commit": async (place) => {
    const events = numbers(1, 4).map((amount) => ({ type: "added", amount }) as const);
    const blocked = new Seen(({ event }) => {
      if (event.type === "added" && event.amount === 3) throw new Error("not now");
    });
    const options = { ...eager, maxAttempts: 1_000, retryMs: 10 } as const;
    const first = await (await place.open("a")).subscribeToEventStored(options, blocked.handler);
    await new Writer(place).commit("x", events);
    await eventually(() => blocked.amounts, [1, 2]);
    await first.stop();
    const seen = new Seen();
    await (await place.open("b")).subscribeToEventStored(options, seen.handler);
    await eventually(() => seen.amounts, [3, 4]);
  },
  "B3 remembers all that it handled when it is stopped, however seldom it writes otherwise": async (place) => {
    const writer = new Writer(place);
    const options = { ...eager, checkpointEvery: 1_000_000, checkpointMs: 1_000_000 } as const;
    const [before, after] = [new Seen(), new Seen()];
    await (await place.open("a")).subscribeToEventStored(options, before.handler);
    await writer.add("x", 1, 2);
    await eventually(() => before.amounts, [1, 2]);
    await place.close("a");
    await writer.add("x", 3);
    await (await place.open("b")).subscribeToEventStored(options, after.handler);
    await eventually(() => after.amounts, [3]);
  },
  "B4 tells again what nobody finished, with the same id and position": async (place) => {
    const never = gate();
    const started: unknown[] = [];
    const writer = new Writer(place);
    await writer.add("x", 1);
    await (
      await place.open("a")
    ).subscribeToEventStored(eager, ({ id, position }) => {
      started.push([id, position]);
      return never.opened;
    });
    await eventually(() => started.length, 1);
    const seen = new Seen();
    await (await place.open("b")).subscribeToEventStored(eager, seen.handler);
    await eventually(() => seen.all.map(({ id, position }) => [id, position]), started);
    never.open();
  },
  "B5 tells nothing again that was handled and remembered": async (place) => {
    const writer = new Writer(place);
    const seen = new Seen();
    await writer.add("x", ...numbers(1, 20));
    await (await place.open("a")).subscribeToEventStored(eager, seen.handler);
    await eventually(() => seen.amounts, numbers(1, 20));
    await place.close("a");
    await (await place.open("b")).subscribeToEventStored(eager, seen.handler);
    await writer.add("x", 21);
    await eventually(() => seen.amounts, numbers(1, 21));
  },
  "B5 lets only the later one of two processes with one name go on": async (place) => {
    const writer = new Writer(place);
    const [first, second] = [new Seen(), new Seen()];
    const earlier = await (await place.open("a")).subscribeToEventStored(eager, first.handler);
    await writer.add("x", 1);
    await eventually(() => first.amounts, [1]);
    await (await place.open("b")).subscribeToEventStored(eager, second.handler);
    await writer.add("x", 2);
    strictEqual(await codeOf(earlier.ended), "CLUSTER_SUBSCRIPTION_TAKEN");
    await writer.add("x", 3);
    await eventually(() => second.amounts, [2, 3]);
    strictEqual(first.amounts.includes(3), false);
  },
  "B6 lets nothing of an actor overtake what is tried again": async (place) => {
    let failures = 2;
    const seen = new Seen(({ event }) => {
      if (event.type === "added" && event.amount === 2 && failures-- > 0) throw new Error("not now");
    });
    await (await place.open("a")).subscribeToEventStored(eager, seen.handler);
    await new Writer(place).add("x", 1, 2, 3);
    await eventually(() => seen.amounts, [1, 2, 3]);
    deepStrictEqual(place.problems, []);
  },
  "B11 sets aside what fails again and again, with its cause, and goes on": async (place) => {
    let attempts = 0;
    const { seen, subscription } = await poisoned(place, () => attempts++);
    await eventually(() => seen.amounts, [1, 3]);
    strictEqual(attempts, 3);
    const [parked] = subscription.parked;
    deepStrictEqual(
      [subscription.parked.length, parked?.actor.id, parked?.version, parked?.eventType, parked?.attempts],
      [1, "x", 2, "added", 3],
    );
    match(parked?.cause ?? "", /poison 2/);
    deepStrictEqual(place.problems, ["CLUSTER_EVENT_PARKED"]);
  },
  "B11 ends rather than set aside more than it may": async (place) => {
    const seen = new Seen(() => {
      throw new Error("all is poison");
    });
    const options = { ...eager, maxParked: 2 } as const;
    const subscription = await (await place.open("a")).subscribeToEventStored(options, seen.handler);
    await new Writer(place).add("x", 1, 2, 3);
    strictEqual(await codeOf(subscription.ended), "CLUSTER_TOO_MANY_PARKED");
    const again = new Seen();
    const next = await (await place.open("b")).subscribeToEventStored(eager, again.handler);
    await eventually(() => again.amounts, [3]);
    strictEqual(next.parked.length, 2);
  },
  "B12 handles what was set aside once more when it is asked to, after a restart too": async (place) => {
    const { seen } = await poisoned(place);
    await eventually(() => seen.amounts, [1, 3]);
    await place.close("a");
    const mended = new Seen();
    const subscription = await (await place.open("b")).subscribeToEventStored(eager, mended.handler);
    strictEqual(subscription.parked.length, 1);
    strictEqual(await subscription.replayParked(), 1);
    deepStrictEqual([mended.amounts, subscription.parked], [[2], []]);
    await place.close("b");
    const last = await (await place.open("c")).subscribeToEventStored(eager, () => {});
    deepStrictEqual(last.parked, []);
  },
  "B12 keeps what fails once more": async (place) => {
    const { seen, subscription } = await poisoned(place);
    await eventually(() => seen.amounts, [1, 3]);
    await eventually(() => subscription.parked.length, 1);
    strictEqual(await subscription.replayParked(), 0);
    strictEqual(subscription.parked.length, 1);
  },
  "B16 sets aside an event that today's code does not know, without a call, and goes on": async (place) => {
    const seen = new Seen();
    const subscription = await (await place.open("a")).subscribeToEventStored(eager, seen.handler);
    const writer = new Writer(place);
    const added = (amount: number): never => ({ type: "added", amount }) as never;
    await writer.commit("x", [added(1), { type: "exploded" }, added(2)]);
    await writer.add("x", 3);
    await eventually(() => seen.amounts, [1, 2, 3]);
    match(subscription.parked[0]?.cause ?? "", /UnknownEvent.*exploded/);
    deepStrictEqual(place.problems, ["CLUSTER_EVENT_PARKED"]);
  },
};

/** Its handler fails with the amount 2, always. */
async function poisoned(
  place: BusPlace,
  onPoison: () => void = () => {},
): Promise<{ readonly seen: Seen; readonly subscription: EventSubscription }> {
  const seen = new Seen(({ event }) => {
    if (event.type !== "added" || event.amount !== 2) return;
    onPoison();
    throw new Error("poison 2");
  });
  const subscription = await (await place.open("a")).subscribeToEventStored(eager, seen.handler);
  await new Writer(place).add("x", 1, 2, 3);
  return { seen, subscription };
}
