// When a snapshot is due, as a function of what happened since the last one.
import {
  atVersions,
  bounded,
  everyNEvents,
  hybrid,
  noSnapshots,
  type SinceSnapshot,
  type SnapshotReason,
} from "@aether/persistence";
import { expect, it } from "vitest";
import { decide, spreadOf } from "../src/snapshot-policy.ts";

const nothing: SinceSnapshot = { events: 0, bytes: 0, ageMs: 0, replayMs: 0, version: 0, snapshotVersion: 0 };

it("hybrid: the minimum holds every trigger back, the maximum forces", () => {
  const policy = hybrid({ minEvents: 10, maxEvents: 100, versions: 7, maxBytes: 1_000, maxAgeMs: 60, maxReplayMs: 5 });
  const quiet: SinceSnapshot = { events: 50, bytes: 1, ageMs: 1, replayMs: 1, version: 53, snapshotVersion: 49 };
  const triggers: [SnapshotReason, Partial<SinceSnapshot>][] = [
    ["bytes", { bytes: 1_000 }],
    ["age", { ageMs: 60 }],
    ["replay", { replayMs: 5 }],
    ["version", { version: 56 }],
  ];
  expect(decide(policy, quiet)).toBe(undefined);
  for (const [reason, trigger] of triggers) {
    expect(decide(policy, { ...quiet, ...trigger })).toBe(reason);
    expect(decide(policy, { ...quiet, ...trigger, events: 10 })).toBe(reason);
    expect(decide(policy, { ...quiet, ...trigger, events: 9 })).toBe("held-back");
  }
  expect([99, 100].map((events) => decide(policy, { ...quiet, events }))).toEqual([undefined, "maximum"]);
});

it("the bounds stand around a policy of one's own too", () => {
  const policy = bounded((since) => since.bytes > 5, { minEvents: 3, maxEvents: 7 });
  const since = (events: number, bytes: number) => decide(policy, { ...nothing, events, bytes });
  expect([since(2, 9), since(3, 9), since(6, 1), since(7, 1)]).toEqual(["held-back", "own", undefined, "maximum"]);
  expect(decide((own) => own.events > 1, { ...nothing, events: 2 })).toBe("own");
});

it("each id has an interval of its own, never longer than asked for and at most a tenth shorter", () => {
  const policy = everyNEvents(100);
  const intervals = Array.from({ length: 500 }, (_, i) => {
    const spread = spreadOf(`account/user-${i}`);
    for (let events = 1; ; events++) if (policy({ ...nothing, events, spread }) !== false) return events;
  });
  expect([Math.min(...intervals), Math.max(...intervals)]).toEqual([91, 100]);
  const counts = intervals.map((interval) => intervals.filter((other) => other === interval).length);
  expect(Math.max(...counts)).toBeLessThan(100);
  expect(
    decide(bounded(noSnapshots, { minEvents: 100, maxEvents: 100 }), { ...nothing, events: 99, spread: 0.99 }),
  ).toBe(undefined);
  expect(spreadOf("account/user-7")).toBe(spreadOf("account/user-7"));
});

it("policies refuse numbers out of range, naming them", () => {
  for (const n of [0, -1, 1.5, Number.NaN]) {
    expect(() => everyNEvents(n)).toThrow(`everyNEvents: n is ${n}`);
    expect(() => atVersions(n)).toThrow(`atVersions: multiple is ${n}`);
    expect(() => hybrid({ minEvents: n })).toThrow(`minEvents is ${n}`);
  }
  expect(() => hybrid({ minEvents: 11, maxEvents: 10 })).toThrow("minEvents (11) is above maxEvents (10)");
});

it.each([null, 0, "", "sometimes", {}, Promise.resolve(false)])(
  "a policy that gives %j is refused by name",
  (given) => {
    expect(() => decide(() => given as never, { ...nothing, events: 1 })).toThrow("The snapshot policy gave");
  },
);

it("a policy that gives nothing, or a trigger, counts as it says", () => {
  const since = { ...nothing, events: 1 };
  expect(decide(() => undefined as never, since)).toBe(undefined);
  expect([decide(() => true, since), decide(() => "age", since)]).toEqual(["own", "age"]);
});
