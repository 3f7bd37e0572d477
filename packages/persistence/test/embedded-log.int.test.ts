// SQLite forgets all that stands behind a broken frame of its write-ahead log; the store does not let it.
import { StoreFailed } from "@aether/persistence";
import { readFile, writeFile } from "node:fs/promises";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { usualMaxTailKeys } from "../src/embedded/tail.ts";
import { type EmbeddedPlace, emptyPlace, history, startChild } from "./embedded-places.ts";

const headerBytes = 32;
const frameBytes = 24 + 4_096;
const acknowledged = 200;
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let place: EmbeddedPlace;
let log: Buffer;
let path: string;

let data: Buffer;
/** SQLite's own memory of how far the log was flushed, which a power cut may take. */
let index: Buffer;

/** A process was killed, and left a log of many transactions behind. */
beforeAll(async () => {
  const killed = await emptyPlace();
  await using child = startChild("write", killed.directory, usualMaxTailKeys);
  await child.printed(1 + acknowledged);
  await child.kill();
  [data, log] = [await readFile(killed.dataFile), await readFile(`${killed.dataFile}-wal`)];
  index = await readFile(`${killed.dataFile}-shm`);
  await killed.dispose();
});
beforeEach(async () => {
  place = await emptyPlace();
  path = `${place.dataFile}-wal`;
  await writeFile(place.dataFile, data);
  await writeFile(path, log);
});
afterEach(() => place.dispose());

function flipped(at: number): Buffer {
  const bytes = Buffer.from(log);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at);
  return bytes;
}

it("is opened as it was left", async () => {
  const { events } = await place.connect();
  let commits = 0;
  for (let i = 0; i < 16; i++) commits += (await history(events, { type: "account", id: `writer-${i}` })).length;
  expect(commits).toBeGreaterThanOrEqual(acknowledged);
});

it.each([
  ["its header", () => 9],
  ["the content of its first frame", () => headerBytes + 24 + 100],
  ["the salt of a frame", () => headerBytes + frameBytes * 3 + 9],
  ["a frame half-way", () => headerBytes + frameBytes * Math.floor(log.length / frameBytes / 2) + 2_000],
])("is refused by name with a flipped bit in %s", async (_, at) => {
  await writeFile(path, flipped(at()));
  const opening = place.connect();
  await expect(opening).rejects.toBeInstanceOf(StoreFailed);
  await expect(opening).rejects.toThrow(/-wal is damaged/);
  await writeFile(path, log);
  await place.connect();
});

it("is opened with a torn last frame, as a power cut leaves it, and with nothing in it", async () => {
  await writeFile(path, log.subarray(0, log.length - 100));
  await place.connect();
  await place.closeAll();
  await writeFile(path, Buffer.alloc(headerBytes + frameBytes));
  await place.connect();
});

/** Frames that end a transaction, from 0. */
function ends(): number[] {
  const frames = Math.floor((log.length - headerBytes) / frameBytes);
  const all = Array.from({ length: frames }, (_, i) => i);
  return all.filter((i) => log.readUInt32BE(headerBytes + i * frameBytes + 4) !== 0);
}

it("is opened with a broken last transaction, which nobody was told of", async () => {
  const [before = 0, last = 0] = ends().slice(-2);
  const untilLast = log.subarray(0, headerBytes + (last + 1) * frameBytes);
  await writeFile(path, flipped(headerBytes + (before + 1) * frameBytes + 1_000).subarray(0, untilLast.length));
  await place.connect();
});

it("is opened beside its index, which knows no more than it has", async () => {
  await writeFile(`${place.dataFile}-shm`, index);
  await place.connect();
});

it.each([
  ["its last transaction cut off", (at: number) => log.subarray(0, at)],
  ["its last transaction torn", (at: number) => log.subarray(0, at + 100)],
  ["a flipped bit in its last transaction", (at: number) => flipped(at + 1_000).subarray(0, at + frameBytes)],
  ["all transactions cut off but the first", () => log.subarray(0, headerBytes + ((ends()[0] ?? 0) + 1) * frameBytes)],
])("is refused by name with %s, where its index is left to say so", async (_, damaged) => {
  // What was being written when the process died stands behind: the index names the last one that was flushed.
  const at = headerBytes + (index.readUInt32LE(16) - 1) * frameBytes;
  await writeFile(path, damaged(at));
  await writeFile(`${place.dataFile}-shm`, index);
  await expect(place.connect()).rejects.toThrow(/-wal is damaged at its end: it lacks the last \d+ pages/);
});

it("is opened shorter without its index: where it ended then, nothing says", async () => {
  await writeFile(path, log.subarray(0, headerBytes + ((ends()[0] ?? 0) + 1) * frameBytes));
  await place.connect();
});

it("is opened beside an index of another round, of another make, or half-written", async () => {
  const cut = log.subarray(0, headerBytes + ((ends()[0] ?? 0) + 1) * frameBytes);
  for (const at of [0, 16, 32, 48 + 16]) {
    const other = Buffer.from(index);
    other.writeUInt8(other.readUInt8(at) ^ 1, at);
    await writeFile(place.dataFile, data);
    await writeFile(path, cut);
    await writeFile(`${place.dataFile}-shm`, other);
    await place.connect();
    await place.closeAll();
  }
});
