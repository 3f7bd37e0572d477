// Large snapshots are small in the store, and nothing in the store can make them larger than they were.
import { gunzipSync, gzipSync } from "node:zlib";
import { EventSourcedActor, type Events, everyNEvents, persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { expect, it } from "vitest";
import { sealJson } from "../src/checksum.ts";
import { compress, maxInflatedBytes } from "../src/compression.ts";
import { decodeSnapshot, encodeCompressed, encodeSnapshot, readSnapshotHeader } from "../src/snapshot-format.ts";
import { type Bank, openBank } from "./bank.ts";

type Noted = { type: "noted"; text: string };

class Notes extends EventSourcedActor<Noted> {
  static type = "notes";
  static readonly events: Events<Noted> = { noted: 1 };
  static readonly snapshots = everyNEvents(2);
  state = { notes: [] as string[] };
  apply({ text }: Noted): void {
    this.state.notes.push(text);
  }
  note(text: string): number {
    return this.persist({ type: "noted", text }).notes.length;
  }
  sizes(): number[] {
    return this.state.notes.map((text) => text.length);
  }
}

const actor = { type: "notes", id: "a" };
const scope = { systemName: "bank", warn: () => undefined };
const header = { actor, version: 2, token: 2, schema: 1, codec: "json", time: 1 };
const commands = '{"named":[],"sessions":[]}';

function saved(bank: Bank): Promise<unknown> {
  return new Promise((resolve) => {
    bank.system.events.on("snapshot-saved", resolve);
    bank.system.events.on("snapshot-failed", resolve);
  });
}

async function twoNotes(options: object, length = 40_000) {
  const store = memory();
  await using bank = await openBank({ actors: [Notes], store, ...options });
  const isSaved = saved(bank);
  const { ask } = bank.system.ref(Notes, "a");
  await ask.note("ä".repeat(length));
  await ask.note("b".repeat(length));
  const fact = await isSaved;
  const { snapshots } = await store.open(scope);
  const stored = await snapshots.load(actor);
  return { store, fact, text: Buffer.from(stored?.bytes ?? []).toString() };
}

it("a snapshot over the threshold is stored as gzip in a readable header, and recovery reads it", async () => {
  const { store, text, fact } = await twoNotes({});
  expect(fact).toMatchObject({ type: "snapshot-saved", version: 2, bytes: text.length });
  const { body, ...rest } = JSON.parse(text) as { body: string };
  expect(rest).toMatchObject({ actor: ["notes", "a"], version: 2, codec: "json", compression: "gzip" });
  expect(text.length).toBeLessThan(2_000);
  const inside = JSON.parse(gunzipSync(Buffer.from(body, "base64")).toString()) as { state: { notes: string[] } };
  expect(inside.state.notes.map((note) => note.length)).toEqual([40_000, 40_000]);
  await using bank = await openBank({ actors: [Notes], store, compressSnapshots: false });
  expect(await bank.system.ref(Notes, "a").ask.sizes()).toEqual([40_000, 40_000]);
  expect(bank.of("actor-recovered")).toMatchObject([{ snapshotVersion: 2, eventsReplayed: 0 }]);
});

it.each([
  ["below the threshold", {}, 1_000],
  ["switched off", { compressSnapshots: false }, 40_000],
  ["below a threshold of one's own", { compressSnapshots: { overBytes: 200_000 } }, 40_000],
])("a snapshot stays plain: %s", async (_, options, length) => {
  const { text } = await twoNotes(options, length);
  expect(JSON.parse(text)).toMatchObject({ state: { notes: expect.any(Array) as unknown } });
});

it("the threshold is one of bytes, not of characters", async () => {
  const { text } = await twoNotes({ compressSnapshots: { overBytes: 2_500 } }, 1_000); // 1,000 "ä" take 2,000 bytes
  expect(JSON.parse(text)).toMatchObject({ compression: "gzip" });
});

it("a threshold of 0 compresses all", async () => {
  const { text } = await twoNotes({ compressSnapshots: { overBytes: 0 } }, 1);
  expect(JSON.parse(text)).toMatchObject({ compression: "gzip" });
});

const compressed = (body: unknown, compression = "gzip"): Uint8Array =>
  sealJson(JSON.stringify({ format: 1, ...header, actor: ["notes", "a"], compression, body }));

it.each<[string, () => Uint8Array, RegExp]>([
  [
    "a bomb",
    () => compressed(gzipSync(Buffer.alloc(maxInflatedBytes + 1, " ")).toString("base64")),
    /it is compressed and would take more than 67108864 bytes/,
  ],
  ["no gzip", () => compressed("AAAA"), /incorrect header check/],
  ["half a body", () => compressed(gzipSync("{}").subarray(0, 12).toString("base64")), /unexpected end of file/],
  ["another body", () => compressed(17), /cannot be read/],
  ["an unknown compression", () => compressed("", "lzma"), /its compression is none that is known here/],
  ["text that is no JSON", () => compressed(gzipSync("{").toString("base64")), /JSON/],
  ["null", () => compressed(gzipSync("null").toString("base64")), /cannot be read|lacks its state/],
  [
    "no state",
    () => compressed(gzipSync(`{"commands":${commands}}`).toString("base64")),
    /lacks its state or commands/,
  ],
  ["no commands", () => compressed(gzipSync('{"state":1}').toString("base64")), /lacks its state or commands/],
])("a compressed snapshot with %s is passed over by name, and the events are replayed", async (_, make, reason) => {
  const { store } = await twoNotes({ compressSnapshots: false }, 10);
  const { snapshots } = await store.open(scope);
  const newest = await snapshots.load(actor);
  await snapshots.save(actor, newest?.token ?? 0, make());
  await using bank = await openBank({ actors: [Notes], store });
  expect(await bank.system.ref(Notes, "a").ask.sizes()).toEqual([10, 10]);
  expect(bank.of("snapshot-unusable")).toMatchObject([{ reason: expect.stringMatching(reason) as string }]);
  expect(bank.of("recovery-retried")).toEqual([]);
});

it("what could not be read again is not made", async () => {
  await expect(compress(" ".repeat(maxInflatedBytes + 1))).rejects.toThrow(/at most 67108864 can be read again/);
});

it("plain and compressed are the same snapshot, and its header is read without its body", async () => {
  const captured = { version: 2, state: '{"notes":["x"]}', commands };
  const plain = encodeSnapshot(header, captured);
  const packed = await encodeCompressed(header, captured);
  const read = (bytes: Uint8Array) => {
    const { state, commands: rows, ...rest } = decodeSnapshot(bytes, actor, "notes/a");
    return { state, rows, token: rest.token };
  };
  expect(read(packed)).toEqual(read(plain));
  expect(readSnapshotHeader(compressed("?"), actor, "notes/a")).toMatchObject(header);
});

it.each<[unknown, string]>([
  [true, "compressSnapshots is no object"],
  [{ over: 5 }, 'compressSnapshots has no "over"'],
  [{ overBytes: -1 }, "compressSnapshots.overBytes is -1"],
  [{}, "compressSnapshots.overBytes is undefined"],
])("compressSnapshots: %j is refused", (option, message) => {
  expect(() => persistence({ store: memory(), compressSnapshots: option as false })).toThrow(message);
});
