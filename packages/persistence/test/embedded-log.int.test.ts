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

/** A process was killed, and left a log of many transactions behind. */
beforeAll(async () => {
  const killed = await emptyPlace();
  await using child = startChild("write", killed.directory, usualMaxTailKeys);
  await child.printed(1 + acknowledged);
  await child.kill();
  [data, log] = [await readFile(killed.dataFile), await readFile(`${killed.dataFile}-wal`)];
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

it("is opened with a broken last transaction, which nobody was told of", async () => {
  const frames = Math.floor((log.length - headerBytes) / frameBytes);
  const ends = Array.from({ length: frames }, (_, i) => log.readUInt32BE(headerBytes + i * frameBytes + 4) !== 0);
  const last = ends.slice(0, ends.lastIndexOf(true)).lastIndexOf(true) + 1;
  const untilLast = log.subarray(0, headerBytes + (ends.lastIndexOf(true) + 1) * frameBytes);
  await writeFile(path, flipped(headerBytes + last * frameBytes + 1_000).subarray(0, untilLast.length));
  await place.connect();
});
