// The cases of the event bus on what is told: across processes, in order, from a chosen place on, decoded, and nothing
// that was not stored.
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type BusCaseBody, codeOf, numbers, Seen, Tally, Writer } from "./event-bus-place.ts";
import { setImmediate as aTurn } from "node:timers/promises";
import { eventually } from "./eventually.ts";

export const tellingCases: Readonly<Record<string, BusCaseBody>> = {
  "B1 tells every process what any of them stores": async (place) => {
    const [one, two] = [new Seen(), new Seen()];
    await (await place.open("a")).subscribeToEventStored({ actor: Tally }, one.handler);
    await (await place.open("b")).subscribeToEventStored({ actor: Tally }, two.handler);
    await new Writer(place).add("x", 1, 2, 3);
    await eventually(
      () => [one.amounts, two.amounts],
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
    );
  },
  "B1 tells who, what, which version, when, where and by which command, each with an id of its own": async (place) => {
    const seen = new Seen();
    await (await place.open("a")).subscribeToEventStored({ actor: Tally }, seen.handler);
    const events = [{ type: "added", amount: 1 } as const, { type: "added", amount: 2 } as const];
    await new Writer(place).commit("x", events, { command: "c1" });
    await eventually(() => seen.amounts, [1, 2]);
    const [first, second] = seen.all;
    const { event, actor, version, time, node, commandId, schema } = first as NonNullable<typeof first>;
    deepStrictEqual(
      { event, actor: { ...actor }, version, time, node, commandId, schema },
      {
        event: { type: "added", amount: 1 },
        actor: { type: "tally", id: "x" },
        version: 1,
        time: 1_000,
        node: "plain",
        commandId: "c1",
        schema: 2,
      },
    );
    deepStrictEqual([second?.version, second?.position], [2, first?.position]);
    strictEqual(new Set(seen.ids).size, 2);
  },
  "B1 gives events of an older schema as today's to who names the class, and as stored to who names the type": async (
    place,
  ) => {
    const [typed, raw] = [new Seen(), [] as unknown[]];
    const bus = await place.open("a");
    await bus.subscribeToEventStored({ actor: Tally }, typed.handler);
    await bus.subscribeToEventStored({ actor: "tally" }, ({ event, schema }) => void raw.push(event, schema));
    await new Writer(place).commit("x", [{ type: "added", n: 7 } as never], { schema: 1 });
    await eventually(() => [typed.amounts, raw], [[7], [{ type: "added", n: 7 }, 1]]);
  },
  "B1 tells only what was asked for: of a type, of an actor, events of a name": async (place) => {
    const told: string[][] = [[], [], [], []];
    const bus = await place.open("a");
    const note =
      (i: number) =>
      ({ actor, event }: { actor: { type: string; id: string }; event: { type: string } }) =>
        void told[i]?.push(`${actor.type}/${actor.id} ${event.type}`);
    await bus.subscribeToEventStored({ actor: "tally" }, note(0));
    await bus.subscribeToEventStored({ actor: "tally", id: "x" }, note(1));
    await bus.subscribeToEventStored({ event: "cleared" }, note(2));
    await bus.subscribeToEventStored({ actor: ["tally", "other"], event: ["cleared", "moved"] }, note(3));
    const writer = new Writer(place);
    await writer.commit("x", [{ type: "added", amount: 1 } as never, { type: "cleared" }]);
    await writer.commit("x", [{ type: "moved" }], { type: "other" });
    await writer.commit("y", [{ type: "cleared" }]);
    await eventually(
      () => told.map((one) => one.toSorted()), // nobody promises an order between actors
      [
        ["tally/x added", "tally/x cleared", "tally/y cleared"],
        ["tally/x added", "tally/x cleared"],
        ["tally/x cleared", "tally/y cleared"],
        ["other/x moved", "tally/x cleared", "tally/y cleared"],
      ],
    );
  },
  "B1 never tells what the store refused": async (place) => {
    const seen = new Seen();
    await (await place.open("a")).subscribeToEventStored({ actor: Tally }, seen.handler);
    const [owner, zombie] = [new Writer(place), new Writer(place)];
    await owner.add("x", 1);
    strictEqual(await zombie.commit("x", [{ type: "added", amount: 666 } as never]), "conflict");
    await owner.add("x", 2);
    await eventually(() => seen.amounts, [1, 2]);
  },
  "B2 keeps the order of each actor, however long its handler takes": async (place) => {
    const seen = new Seen(async ({ event }) => {
      if (event.type === "added" && event.amount % 3 === 0) await aTurn();
    });
    await (await place.open("a")).subscribeToEventStored({ actor: Tally }, seen.handler);
    const writer = new Writer(place);
    await Promise.all(["x", "y", "z"].map((id) => writer.add(id, ...numbers(1, 60))));
    await eventually(() => ["x", "y", "z"].map((id) => seen.of(id)), [numbers(1, 60), numbers(1, 60), numbers(1, 60)]);
  },
  "B2 calls a handler again only when it has ended": async (place) => {
    let [running, most] = [0, 0];
    const seen = new Seen(async () => {
      most = Math.max(most, ++running);
      await aTurn();
      running--;
    });
    await (await place.open("a")).subscribeToEventStored({ actor: Tally }, seen.handler);
    const writer = new Writer(place);
    await Promise.all(numbers(1, 20).map((n) => writer.add(`x${n}`, n)));
    await eventually(() => seen.all.length, 20);
    strictEqual(most, 1);
  },
  "B13 begins with what is stored from now on, or at the start, and joins what is told live": async (place) => {
    const writer = new Writer(place);
    await writer.add("x", ...numbers(1, 300));
    const [fresh, all] = [new Seen(), new Seen()];
    const bus = await place.open("a");
    await bus.subscribeToEventStored({ actor: Tally, from: "new" }, fresh.handler);
    await bus.subscribeToEventStored({ actor: Tally, from: "start" }, all.handler);
    await writer.add("x", 301, 302);
    await eventually(() => [fresh.amounts, all.amounts], [[301, 302], numbers(1, 302)]);
  },
  "B13 begins behind a position": async (place) => {
    const writer = new Writer(place);
    await writer.add("x", 1, 2, 3);
    const [all, rest] = [new Seen(), new Seen()];
    const bus = await place.open("a");
    const subscription = await bus.subscribeToEventStored({ actor: Tally, from: "start" }, all.handler);
    await eventually(() => all.amounts, [1, 2, 3]);
    const from = all.all[1]?.position ?? 0;
    await bus.subscribeToEventStored({ actor: Tally, from }, rest.handler);
    await eventually(() => rest.amounts, [3]);
    await writer.add("x", 4);
    await eventually(
      () => [all.amounts, rest.amounts],
      [
        [1, 2, 3, 4],
        [3, 4],
      ],
    );
    await eventually(() => subscription.position, [all.all[3]?.position]);
  },
  "B13 begins with what was stored at a time or later": async (place) => {
    const writer = new Writer(place);
    await writer.add("x", 1);
    const between = await place.later();
    await writer.add("x", 2, 3);
    const [some, none] = [new Seen(), new Seen()];
    const bus = await place.open("a");
    await bus.subscribeToEventStored({ actor: Tally, from: between }, some.handler);
    await eventually(() => some.amounts, [2, 3]);
    await bus.subscribeToEventStored({ actor: Tally, from: await place.later() }, none.handler);
    await writer.add("x", 4);
    await eventually(() => [some.amounts, none.amounts], [[2, 3, 4], [4]]);
  },
  "B13 joins what is told live without a gap while much is being stored": async (place) => {
    const writer = new Writer(place);
    await writer.add("x", ...numbers(1, 200));
    const seen = new Seen();
    const storing = writer.add("x", ...numbers(201, 300));
    await (await place.open("a")).subscribeToEventStored({ actor: Tally, from: "start", maxWaiting: 16 }, seen.handler);
    await storing;
    await eventually(() => seen.amounts, numbers(1, 300));
  },
  "B14 refuses a position beyond the end": async (place) => {
    const bus = await place.open("a");
    await new Writer(place).add("x", 1);
    const beyond = bus.subscribeToEventStored({ actor: Tally, from: 1_000 }, () => {});
    strictEqual(await codeOf(beyond), "CLUSTER_POSITION_AHEAD_OF_LOG");
  },
  "B14 ends a subscription whose store was set back": async (place) => {
    await new Writer(place).add("x", 1, 2, 3);
    const seen = new Seen();
    const subscription = await (await place.open("a")).subscribeToEventStored({ from: "start" }, seen.handler as never);
    await eventually(() => seen.amounts, [1, 2, 3]);
    await place.setBack();
    strictEqual(await codeOf(subscription.ended), "CLUSTER_POSITION_AHEAD_OF_LOG");
  },
  "B15 refuses a position whose next events are gone": async (place) => {
    const writer = new Writer(place);
    const seen = new Seen();
    const bus = await place.open("a");
    await writer.add("x", 1, 2, 3, 4);
    await bus.subscribeToEventStored({ actor: Tally, from: "start" }, seen.handler);
    await eventually(() => seen.amounts, [1, 2, 3, 4]);
    const [first, , third] = seen.all.map(({ position }) => position);
    await place.truncate(third ?? 0);
    const gone = bus.subscribeToEventStored({ actor: Tally, from: first ?? 0 }, () => {});
    strictEqual(await codeOf(gone), "CLUSTER_LOG_TRUNCATED");
    const rest = new Seen();
    await bus.subscribeToEventStored({ actor: Tally, from: "start" }, rest.handler);
    await eventually(() => rest.amounts, [3, 4]);
  },
  "B15 says of which actor events were deleted before they were told, and goes on": async (place) => {
    const writer = new Writer(place);
    const [first, rest] = [new Seen(), new Seen()];
    const bus = await place.open("a");
    const options = { actor: Tally, from: "start", name: "sums", checkpointEvery: 1 } as const;
    const before = await bus.subscribeToEventStored(options, first.handler);
    await writer.add("x", 1);
    await writer.add("y", 2);
    await eventually(() => first.amounts.length, 2);
    await before.stop();
    await writer.add("x", 3, 4, 5);
    await writer.add("y", 6);
    const all = new Seen();
    await bus.subscribeToEventStored({ actor: Tally, from: "start" }, all.handler);
    await eventually(() => all.amounts.length, 6);
    const last = all.all.find(({ event }) => event.type === "added" && event.amount === 5)?.position ?? 0;
    await place.truncate(last, { type: "tally", id: "x" });
    await bus.subscribeToEventStored(options, rest.handler);
    await eventually(() => rest.amounts, [5, 6]);
    deepStrictEqual(place.problems, ["CLUSTER_LOG_TRUNCATED"]);
  },
  "B15 misses nothing before the start": async (place) => {
    const writer = new Writer(place);
    await writer.add("x", 1, 2, 3);
    await writer.add("y", 4);
    const bus = await place.open("a");
    const all = new Seen();
    await bus.subscribeToEventStored({ actor: Tally, from: "start" }, all.handler);
    await eventually(() => all.amounts.length, 4);
    const last = all.all.find(({ event }) => event.type === "added" && event.amount === 3)?.position ?? 0;
    await place.truncate(last, { type: "tally", id: "x" });
    const rest = new Seen();
    await bus.subscribeToEventStored({ actor: Tally, from: "start" }, rest.handler);
    await writer.add("x", 5);
    await eventually(() => rest.amounts, [3, 4, 5]);
    deepStrictEqual(place.problems, []);
  },
  "B21 refuses wildcards and names that are none": async (place) => {
    const bus = await place.open("a");
    for (const options of [
      { actor: "*" },
      { actor: "tally.>" },
      { actor: ">" },
      { actor: "" },
      { actor: "tally", event: "*" },
      { event: "added.>" },
      { name: "*" },
      { name: "a.b" },
      { id: "x" },
    ]) {
      const outcome = await codeOf(bus.subscribeToEventStored(options, () => {}));
      deepStrictEqual([options, outcome], [options, "TypeError"]);
    }
    const literal = new Seen();
    await bus.subscribeToEventStored({ actor: Tally, id: "*" }, literal.handler);
    const writer = new Writer(place);
    await writer.add("x", 1);
    await writer.add("*", 2);
    await eventually(() => literal.amounts, [2]);
  },
};
