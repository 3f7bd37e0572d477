// What a durable subscription writes down where answers are lost, others write, or what stands there is damaged.
import type { BusRecords, ParkedEvent } from "@aether/cluster";
import { beforeEach, expect, it } from "vitest";
import { decodeCheckpoint } from "../src/bus/checkpoint-format.ts";
import type { Cursor } from "../src/bus/cursor.ts";
import { Progress } from "../src/bus/progress.ts";
import { MemoryRecords } from "../src/memory/event-log.ts";

let records: MemoryRecords;
let problems: unknown[];
let cursors: readonly Cursor[];

beforeEach(() => {
  records = new MemoryRecords();
  problems = [];
  cursors = [{ position: 0 }];
});

async function begin(owner: string, over: BusRecords = records): Promise<Progress> {
  const durable = { name: "reader", records: over, owner };
  const problem = (found: unknown): void => void problems.push((found as { code?: string }).code);
  const progress = new Progress({ durable, checkpointEvery: 1, problem });
  cursors = await progress.begin(1, async () => cursors);
  progress.cursors = () => cursors;
  return progress;
}

/** The next write is not answered; whether it is stored is said. */
function unanswered(isStored: boolean): { readonly over: BusRecords; readonly next: () => void } {
  let isNext = false;
  return {
    next: () => void (isNext = true),
    over: {
      read: (name) => records.read(name),
      async write(name, text, expected) {
        if (!isNext) return records.write(name, text, expected);
        isNext = false;
        if (isStored) await records.write(name, text, expected);
        throw new Error("no answer");
      },
    },
  };
}

async function written(): Promise<readonly Cursor[]> {
  const found = await records.read("reader");
  return decodeCheckpoint(found?.text ?? "", 1).cursors;
}

it.each([true, false])("goes on after a write without an answer, stored or not: %s", async (isStored) => {
  const { over, next } = unanswered(isStored);
  const progress = await begin("one", over);
  cursors = [{ position: 1 }];
  next();
  await progress.handled();
  expect(problems).toEqual(["CLUSTER_CHECKPOINT_FAILED"]);
  cursors = [{ position: 2, version: 5 }];
  await progress.handled();
  expect(await written()).toEqual([{ position: 2, version: 5 }]);
  expect(problems).toEqual(["CLUSTER_CHECKPOINT_FAILED"]);
});

it("goes on when a write without an answer is stored only after it was looked for", async () => {
  const late: (() => Promise<unknown>)[] = [];
  let isNext = false;
  const progress = await begin("one", {
    read: (name) => records.read(name),
    async write(name, text, expected) {
      if (!isNext) {
        for (const write of late.splice(0)) await write();
        return records.write(name, text, expected);
      }
      isNext = false;
      late.push(() => records.write(name, text, expected));
      throw new Error("no answer");
    },
  });
  isNext = true;
  cursors = [{ position: 1 }];
  await progress.handled();
  cursors = [{ position: 2 }];
  await progress.handled();
  expect(await written()).toEqual([{ position: 2 }]);
  expect(problems).toEqual(["CLUSTER_CHECKPOINT_FAILED"]);
});

it("does not take an older owner, or none, for a newer one", async () => {
  await begin("zero");
  const old = await records.read("reader");
  for (const shown of [old, undefined]) {
    let isOld = false;
    const { over, next } = unanswered(true);
    const progress = await begin("one", { ...over, read: async (name) => (isOld ? shown : records.read(name)) });
    isOld = true;
    cursors = [{ position: 1 }];
    next();
    await progress.handled();
    cursors = [{ position: 2 }];
    await progress.handled(); // looks, and is shown the past
    isOld = false;
    cursors = [{ position: 3 }];
    await progress.handled();
    expect(await written()).toEqual([{ position: 3 }]);
  }
});

it("sees after a write without an answer that another one has begun", async () => {
  const { over, next } = unanswered(false);
  const progress = await begin("one", over);
  cursors = [{ position: 1 }];
  next();
  await progress.handled();
  await begin("two");
  cursors = [{ position: 9 }];
  await expect(progress.handled()).rejects.toMatchObject({ code: "CLUSTER_SUBSCRIPTION_TAKEN" });
  expect(await written()).toEqual([{ position: 0 }]);
});

it("takes over where the one before it wrote last, parked events included, and that one writes no more", async () => {
  const parked: ParkedEvent = {
    id: "0.1.1",
    actor: { type: "t", id: "x" },
    stream: 0,
    position: 1,
    version: 1,
    eventType: undefined,
    attempts: 5,
    cause: "Error: no",
  };
  const one = await begin("one");
  cursors = [{ position: 3 }];
  await one.park(parked);
  cursors = [{ position: 0 }];
  const two = await begin("two");
  expect([cursors, two.parked]).toEqual([[{ position: 3 }], [parked]]);
  await expect(one.unpark("0.1.1")).rejects.toMatchObject({ code: "CLUSTER_SUBSCRIPTION_TAKEN" });
  cursors = [{ position: 4 }];
  await two.unpark("0.1.1");
  expect(await written()).toEqual([{ position: 4 }]);
});

it("writes nothing that is written already", async () => {
  const progress = await begin("one");
  const before = await records.read("reader");
  await progress.write();
  expect(await records.read("reader")).toBe(before);
});

it.each([
  ["", "JSON"],
  ["{}", "format undefined"],
  ['{"format":1}', "owner"],
  ['{"format":1,"owner":"a","cursors":[],"parked":[]}', "1 streams"],
  ['{"format":1,"owner":"a","cursors":[{"position":-1}],"parked":[]}', "1 streams"],
  ['{"format":1,"owner":"a","cursors":[{"position":1}],"parked":[{}]}', "parked"],
])("does not begin with a checkpoint that cannot be read: %s", async (text, reason) => {
  await records.write("reader", text, 0);
  const failed = begin("one");
  await expect(failed).rejects.toMatchObject({ code: "CLUSTER_CHECKPOINT_FAILED" });
  await expect(failed).rejects.toThrow(reason);
});
