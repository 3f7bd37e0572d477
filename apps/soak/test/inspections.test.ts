// What a damaged copy shows is judged by the log.
import { expect, it } from "vitest";
import { merge, type Run } from "../src/checking/record.ts";
import type { Damage } from "../src/embedded/damaging.ts";
import type { Inspected } from "../src/embedded/inspecting-main.ts";
import { judge } from "../src/embedded/inspections.ts";
import type { Entry } from "../src/history.ts";

const add = (op: string, amount: number, at: number, { n, sum }: { n: number; sum: number }): Entry[] => [
  { type: "invoke", at, operation: { op, kind: "add", wallet: "w0", amount } },
  { type: "ok", op, at: at + 1, n, sum },
];
const events = [
  { version: 1, op: "a", amount: 3 },
  { version: 2, op: "b", amount: 4 },
];
const run: Run = {
  asked: merge([[...add("a", 3, 10, { n: 1, sum: 3 }), ...add("b", 4, 20, { n: 2, sum: 7 })]]),
  wallets: [
    {
      wallet: "w0",
      commits: [{ id: "c", token: 1, after: 0, node: "n", epoch: 1, events }],
      asked: undefined,
      captured: undefined,
    },
  ],
  leaseMs: 0,
};
const damage: Damage = { kind: "flipped bit", where: "file at 7", isInLog: false };

interface Case {
  readonly isInLog?: boolean;
  readonly hasIndex?: boolean;
}

function verdict(
  one: Inspected,
  at: number,
  { isInLog = false, hasIndex = true }: Case = {},
): readonly [string, number] {
  const inspection = { at, damage: { ...damage, isInLog }, hasIndex, shown: [one] };
  const { counts, violations } = judge([inspection], run);
  return [Object.keys(counts)[0]?.replace("flipped bit: ", "") ?? "", violations.length];
}

it("is right with what was acknowledged by then, and with more", () => {
  expect(verdict({ wallet: "w0", n: 1, sum: 3 }, 15)).toEqual(["right", 0]);
  expect(verdict({ wallet: "w0", n: 2, sum: 7 }, 15)).toEqual(["right", 0]);
});

it("is shorter with less, and counted as such", () => {
  expect(verdict({ wallet: "w0", n: 1, sum: 3 }, 25)).toEqual(["shorter", 0]);
});

it("is found with less where the index of the write-ahead log could say so", () => {
  const shown = { wallet: "w0", n: 1, sum: 3 };
  expect(verdict(shown, 25, { isInLog: true })).toEqual(["shorter", 1]);
  expect(verdict(shown, 25, { isInLog: true, hasIndex: false })).toEqual(["shorter", 0]);
  expect(verdict(shown, 15, { isInLog: true })).toEqual(["right", 0]);
});

it("is found when it shows a state that never was, or fails without a name", () => {
  expect(verdict({ wallet: "w0", n: 2, sum: 8 }, 25)).toEqual(["wrong", 1]);
  expect(verdict({ wallet: "w0", n: 3, sum: 7 }, 25)).toEqual(["wrong", 1]);
  expect(verdict({ wallet: "w0", error: "unnamed: TypeError" }, 25)).toEqual(["unnamed error", 1]);
});

it("may be an error with a name", () => {
  expect(verdict({ wallet: "w0", error: "PERSISTENCE_STORE_FAILED" }, 25)).toEqual(["PERSISTENCE_STORE_FAILED", 0]);
});
