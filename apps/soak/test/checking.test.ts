// The checker bites: each invariant is broken once in a history that is right otherwise.
import { describe, expect, it } from "vitest";
import { check } from "../src/checking/check.ts";
import { type LoggedCommit, type LoggedWallet, merge, type Run } from "../src/checking/record.ts";
import { checkProcesses } from "../src/checking/processes.ts";
import type { Entry, Operation } from "../src/history.ts";
import { growthOf } from "../src/memory-samples.ts";
import { storyOf } from "../src/story.ts";
import type { Told } from "../src/told.ts";

const add = (op: string, amount: number): Operation => ({ op, kind: "add", wallet: "w0", amount });
const read = (op: string): Operation => ({ op, kind: "read", wallet: "w0" });
const asks = (operation: Operation, at: number): Entry => ({ type: "invoke", at, operation });
const ok = (op: string, at: number, n: number, sum: number): Entry => ({ type: "ok", op, at, n, sum });

const commits: readonly LoggedCommit[] = [
  { id: "c1", token: 5, after: 0, node: "a", epoch: 1, events: [{ version: 1, op: "x.1", amount: 3 }] },
  { id: "c2", token: 8, after: 5, node: "a", epoch: 1, events: [] },
  { id: "c3", token: 9, after: 8, node: "b", epoch: 2, events: [{ version: 2, op: "x.2", amount: 4 }] },
];
const wallet: LoggedWallet = { wallet: "w0", commits, asked: { n: 2, sum: 7 }, captured: { n: 2, sum: 7 } };
const entries: readonly Entry[] = [
  asks(add("x.1", 3), 10),
  ok("x.1", 20, 1, 3),
  asks(read("x.r"), 25),
  ok("x.r", 29, 1, 3),
  asks(add("x.2", 4), 30),
  ok("x.2", 40, 2, 7),
];

function run(changes: { entries?: readonly Entry[]; wallet?: Partial<LoggedWallet> } = {}): Run {
  return {
    asked: merge([changes.entries ?? entries]),
    wallets: [{ ...wallet, ...changes.wallet }],
    leaseMs: 5,
  };
}

function found(of: Run): string[] {
  return [...new Set(check(of).map(({ invariant }) => invariant.split(" ")[0] ?? ""))];
}

function withCommit(i: number, change: Partial<LoggedCommit>): { wallet: Partial<LoggedWallet> } {
  return { wallet: { commits: commits.map((commit, at) => (at === i ? { ...commit, ...change } : commit)) } };
}

describe("a run that keeps all promises", () => {
  it("has no violations", () => {
    expect(check(run())).toEqual([]);
  });

  it("may have unknowns that were settled, whichever way", () => {
    const unknown: Entry = { type: "unknown", op: "x.2", at: 35, code: "ACTOR_ASK_TIMEOUT" };
    expect(check(run({ entries: [...entries.slice(0, 5), unknown, ok("x.2", 40, 2, 7)] }))).toEqual([]);
  });

  it("may have reads as old as a lease", () => {
    const old = [...entries, asks(read("x.s"), 44), ok("x.s", 45, 1, 3)];
    expect(check(run({ entries: old }))).toEqual([]);
  });
});

describe("is found", () => {
  it("an acknowledged operation that is not stored", () => {
    expect(
      found(run({ wallet: { commits: commits.slice(0, 2), asked: { n: 1, sum: 3 }, captured: { n: 1, sum: 3 } } })),
    ).toEqual(["I1"]);
  });

  it("one that is stored twice", () => {
    const twice = {
      id: "c4",
      token: 12,
      after: 9,
      node: "b",
      epoch: 2,
      events: [{ version: 3, op: "x.2", amount: 4 }],
    };
    const state = { n: 3, sum: 11 };
    expect(found(run({ wallet: { commits: [...commits, twice], asked: state, captured: state } }))).toContain("I2");
  });

  it("a gap in the versions", () => {
    expect(found(run(withCommit(2, { events: [{ version: 3, op: "x.2", amount: 4 }] })))).toContain("I3");
  });

  it("one that was refused for certain, and is stored", () => {
    const refused: Entry = { type: "fail", op: "x.2", at: 40, code: "ACTOR_MAILBOX_FULL" };
    expect(found(run({ entries: [...entries.slice(0, 5), refused] }))).toEqual(["I4"]);
  });

  it("one that was never settled", () => {
    expect(found(run({ entries: entries.slice(0, 5) }))).toEqual(["I5"]);
  });

  it("an order that nobody can have seen", () => {
    const late = [asks(add("x.1", 3), 50), ok("x.1", 60, 1, 3), ...entries.slice(4)];
    expect(found(run({ entries: late }))).toContain("I6");
  });

  it.each([
    ["a sum that never was", ok("x.r", 29, 1, 4)],
    ["a version from the future", ok("x.r", 29, 2, 7)],
  ])("a read with %s", (_, answer) => {
    expect(found(run({ entries: [...entries.slice(0, 3), answer, ...entries.slice(4)] }))).toEqual(["I7"]);
  });

  it("a read that is older than a lease", () => {
    expect(found(run({ entries: [...entries, asks(read("x.s"), 46), ok("x.s", 47, 1, 3)] }))).toEqual(["I7"]);
  });

  it("a read that is older than a lease, whatever stands right behind it", () => {
    const timer: Operation = { op: "x.t", kind: "timer", wallet: "w0", delayMs: 1 };
    const of = (from: number): Run => {
      const all = [...entries, asks(timer, 21), { type: "ok", op: "x.t", at: 22 } as const];
      const events = [
        { version: 2, op: "x.t", amount: 0 },
        { version: 3, op: "x.2", amount: 4 },
      ];
      const later = [...all.slice(0, 5), ok("x.2", 40, 3, 7), ...all.slice(6)];
      const state = { n: 3, sum: 7 };
      return run({
        entries: [...later, asks(read("x.s"), from), ok("x.s", from + 1, 1, 3)],
        wallet: { ...withCommit(2, { events }).wallet, asked: state, captured: state },
      });
    };
    expect(found(of(44))).toEqual([]);
    expect(found(of(46))).toEqual(["I7"]);
  });

  it.each([
    ["a read", [asks(read("x.r"), 25), { type: "ok", op: "x.r", at: 29 } as const, ...entries.slice(4)]],
    ["a write", [...entries.slice(2, 5), { type: "ok", op: "x.2", at: 40 } as const]],
  ])("%s whose answer says nothing", (_, rest) => {
    expect(found(run({ entries: [...entries.slice(0, 2), ...rest] }))).toEqual(["I7"]);
  });

  it("an event that nobody asked for", () => {
    expect(found(run({ entries: entries.slice(0, 4) }))).toEqual(["I2"]);
  });

  it.each([
    ["at another wallet", { ...add("x.2", 4), wallet: "w1" }],
    ["of another amount", add("x.2", 5)],
    ["by a read", read("x.2")],
  ] as const)("an event %s than asked", (_, operation) => {
    const others = [...entries.slice(0, 4), asks(operation, 30), ok("x.2", 40, 2, 7)];
    expect(found(run({ entries: others }))).toEqual(["I2"]);
  });

  it("a transfer's part out of real-time order", () => {
    const transfer: Operation = { op: "x.3", kind: "transfer", wallet: "w0", to: "w0", amount: 5 };
    const both = [
      { version: 3, op: "x.3/out", amount: -5 },
      { version: 4, op: "x.3/in", amount: 5 },
    ];
    const last = { id: "c4", token: 12, after: 9, node: "b", epoch: 2, events: both };
    const state = { n: 4, sum: 7 };
    const of = (from: number, to: number): Run => {
      const all = [...entries, asks(transfer, from), { type: "ok", op: "x.3", at: to } as const];
      return run({ entries: all, wallet: { commits: [...commits, last], asked: state, captured: state } });
    };
    expect(found(of(22, 41))).toEqual([]);
    expect(found(of(22, 24))).toEqual(["I6"]);
  });

  it("a run in which nothing happened", () => {
    expect(found({ asked: new Map(), wallets: [], leaseMs: 5 })).toEqual(["I13"]);
  });

  it("an answer that is not what is stored", () => {
    expect(found(run({ entries: [...entries.slice(0, 5), ok("x.2", 40, 2, 8)] }))).toEqual(["I7"]);
  });

  it.each(["asked", "captured"] as const)("a state (%s) that is not the fold", (name) => {
    expect(found(run({ wallet: { [name]: { n: 2, sum: 8 } } }))).toEqual(["I8"]);
  });

  it("a history that cannot be read", () => {
    expect(found(run({ wallet: { captured: undefined } }))).toEqual(["I8"]);
  });

  it("an epoch that goes back", () => {
    expect(found(run(withCommit(2, { node: "a", epoch: 0 })))).toEqual(["I9"]);
  });

  it("a commit that does not follow the one before", () => {
    expect(found(run(withCommit(2, { after: 5 })))).toEqual(["I10"]);
  });

  it("a transfer that is half done", () => {
    const transfer: Operation = { op: "x.3", kind: "transfer", wallet: "w0", to: "w1", amount: 5 };
    const half = {
      id: "c4",
      token: 12,
      after: 9,
      node: "b",
      epoch: 2,
      events: [{ version: 3, op: "x.3/out", amount: -5 }],
    };
    const state = { n: 3, sum: 2 };
    const all = [...entries, asks(transfer, 50), { type: "ok", op: "x.3", at: 60 } as const];
    const one = run({ entries: all, wallet: { commits: [...commits, half], asked: state, captured: state } });
    expect(found(one)).toEqual(["I1", "I12"]);
  });

  it("a wallet that does not answer in the end", () => {
    expect(found(run({ wallet: { asked: undefined } }))).toEqual(["I13"]);
  });

  it("replicas that hold different messages", () => {
    const replica = { stream: "ev", server: "n1", messages: 3, digest: "aa" };
    const equal = [replica, { ...replica, server: "n2" }, { ...replica, stream: "sn", digest: "bb" }];
    expect(found({ ...run(), replicas: equal })).toEqual([]);
    expect(found({ ...run(), replicas: [...equal, { ...replica, server: "n3", digest: "ab" }] })).toEqual(["I14"]);
  });

  it("a process that ended by itself, or that grows", () => {
    const growing = (bytesPerMinute: number, minutes: number) =>
      growthOf(
        "node-1",
        Array.from(
          { length: minutes * 30 },
          (_, i) => [i * 2_000, 1e8 + (i % 7) * 1e6 + (i / 30) * bytesPerMinute] as const,
        ),
      );
    const of = (crashes: string[], bytesPerMinute: number, minutes = 30) =>
      [...checkProcesses(crashes, [growing(bytesPerMinute, minutes)])].map(({ invariant }) => invariant.split(" ")[0]);
    expect(of([], 2e6)).toEqual([]);
    expect(of([], 6e6)).toEqual(["I16"]);
    expect(of([], 6e6, 10)).toEqual([]); // commands are remembered for ten minutes
    expect(of(["node-1 ended by itself: code 1"], 0)).toEqual(["I15"]);
  });
});

describe("of what a subscriber was told, is found", () => {
  const told = (version: number, change: Partial<Told> = {}): Told => ({
    at: 50,
    wallet: "w0",
    version,
    ...(version === 1 ? { position: 5, op: "x.1", amount: 3 } : { position: 9, op: "x.2", amount: 4 }),
    ...change,
  });
  const of = (...lives: Told[][]) => found({ ...run(), told: lives });

  it("nothing when all was told in order, and some of it again after a crash", () => {
    expect(of([told(1), told(2)])).toEqual([]);
    expect(of([told(1)], [told(2)])).toEqual([]);
    expect(of([told(1), told(2)], [told(1), told(2)])).toEqual([]);
    expect(of([told(1)], [], [told(1), told(2)])).toEqual([]);
  });

  it.each([
    ["an event that was never told", [[told(1)]]],
    ["one that was left out", [[told(2)]]],
    ["one that a new life left out", [[], [told(2)]]],
    ["an order that is not the log's", [[told(2), told(1)]]],
    ["a repeat within a life", [[told(1), told(1), told(2)]]],
    ["one that is not stored", [[told(1), told(2), told(3)]]],
    ["another content", [[told(1), told(2, { amount: 5 })]]],
    ["another place", [[told(1), told(2, { position: 8 })]]],
  ])("%s", (_, lives) => {
    expect(of(...lives)).toEqual(["I11"]);
  });
});

it("a violation is told with the log around it", () => {
  const [violation] = check(run(withCommit(2, { events: [{ version: 2, op: "x.2", amount: 5 }] })));
  const story = storyOf(violation as NonNullable<typeof violation>, {
    wallets: [{ ...wallet, commits }],
    historyPaths: [],
    faults: [],
  });
  expect(story).toContain(`log of w0: ${JSON.stringify(commits[2])}`);
});
