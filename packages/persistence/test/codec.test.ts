// What may be persisted, and in whose hands it becomes bytes.
import { deserialize, serialize } from "node:v8";
import { type Codec, EventSourcedActor, type Events, everyNEvents, jsonCodec, persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { expect, it } from "vitest";
import { encodeSnapshot } from "../src/snapshot-format.ts";
import { type Bank, type BankOptions, openBank } from "./bank.ts";

type Kept = { type: "kept"; value: unknown };

class Keeper extends EventSourcedActor<Kept> {
  static type = "keeper";
  static readonly events: Events<Kept> = { kept: 1 };
  static readonly snapshots = everyNEvents(3);
  state: { values: unknown[]; last?: unknown } = { values: [] };
  apply({ value }: Kept): void {
    this.state.values = [...this.state.values, value].slice(-10);
  }
  keep(n: number): number {
    return this.persist({ type: "kept", value: { n } }).values.length;
  }
  /** What a test leaves in `box`: arguments go through JSON, which is not what is tested here. */
  keepBox(): number {
    return this.persist({ type: "kept", value: box }).values.length;
  }
  look(): unknown {
    return this.state.values;
  }
}
let box: unknown;

/** The structured clone algorithm: keeps what JSON refuses. */
const v8 = {
  name: "v8",
  encode: (value: unknown) => serialize(value),
  decode: (b: Uint8Array) => deserialize(b) as unknown,
} satisfies Codec;
const reversed: Codec = {
  name: "reversed",
  encode: (value) => jsonCodec.encode(value).toReversed(),
  decode: (bytes) => jsonCodec.decode(bytes.toReversed()),
};
const keeper = (bank: Bank, id = "a") => bank.system.ref(Keeper, id).ask;
const open = (options: BankOptions) => openBank({ actors: [Keeper], ...options });

it.each<[string, unknown, string]>([
  ["NaN", { a: [Number.NaN] }, ".value.a[0] holds NaN"],
  ["a Map", new Map(), ".value holds a Map"],
  ["a Date in a list", [new Date(0)], ".value[0] holds a Date"],
  ["a bigint", 1n, ".value holds a bigint"],
  ["undefined in a list", [undefined], ".value[0] holds undefined"],
  ["half a character in a key", { "\ud800": 1 }, '.value["\\ud800"] holds a lone surrogate in its key'],
])("persist refuses %s with its path, and the actor goes on", async (_, value, message) => {
  await using bank = await open({});
  box = value;
  await expect(keeper(bank).keepBox()).rejects.toThrow(`event "kept" at ${message}`);
  expect(await keeper(bank).keep(1)).toBe(1);
});

it("-0 is kept by the store", async () => {
  const store = memory();
  {
    await using bank = await open({ store });
    box = -0;
    await keeper(bank).keepBox();
  }
  await using bank = await open({ store });
  expect(await keeper(bank).look()).toEqual([-0]);
});

it("a history of several codecs is one history, snapshots included", async () => {
  const store = memory();
  const steps: BankOptions["codec"][] = [undefined, v8, [reversed, v8], [jsonCodec, v8, reversed], [v8, reversed]];
  for (const [i, codec] of steps.entries()) {
    await using bank = await open({ store, ...(codec === undefined ? {} : { codec }) });
    expect(await keeper(bank).keep(2 * i)).toBe(2 * i + 1);
    expect(await keeper(bank).keep(2 * i + 1)).toBe(2 * i + 2);
  }
  await using bank = await open({ store, codec: [reversed, v8] });
  expect(await keeper(bank).look()).toEqual(Array.from({ length: 10 }, (_, n) => ({ n })));
  const texts = await bank.stored("a", "keeper");
  const codecs = texts.flatMap((text) => (JSON.parse(text) as { events: { codec?: string }[] }).events);
  expect(codecs.map(({ codec }) => codec)).toEqual(
    [undefined, "v8", "reversed", undefined, "v8"].flatMap((name) => [name, name]),
  );
  expect(bank.of("snapshot-unusable")).toEqual([]);
});

it("what another codec made is base64 in readable JSON, under its name", async () => {
  await using bank = await open({ codec: reversed });
  await keeper(bank).keep(7);
  const [text = ""] = await bank.stored("a", "keeper");
  expect(JSON.parse(text)).toMatchObject({
    actor: ["keeper", "a"],
    events: [{ schema: 1, codec: "reversed", type: "kept" }],
    turns: [{ outcome: { reply: 1 } }],
  });
  const { events } = JSON.parse(text) as { events: { event: string }[] };
  const bytes = Buffer.from(events[0]?.event ?? "", "base64");
  expect(Buffer.from(bytes.toReversed()).toString()).toBe('{"type":"kept","value":{"n":7}}');
});

it("another codec keeps what JSON refuses, through commits and snapshots", async () => {
  const store = memory();
  const values = [new Map([[1, new Date(5)]]), new Set([1n]), [undefined], Number.NaN, new Uint8Array([1, 2])];
  {
    await using bank = await open({ store, codec: v8 });
    for (const value of values) {
      box = value;
      await keeper(bank).keepBox();
    }
  }
  class Looker extends Keeper {
    static override type = "keeper";
    isSame(): boolean {
      expect(this.state.values).toEqual(values);
      return true;
    }
  }
  await using bank = await openBank({ actors: [Looker], store, codec: v8 });
  expect(await bank.system.ref(Looker, "a").ask.isSame()).toBe(true);
  expect(bank.of("actor-recovered")).toMatchObject([{ snapshotVersion: 3, eventsReplayed: 2 }]);
});

it("a codec that is not configured is named, and other actors are not touched", async () => {
  const store = memory();
  {
    await using bank = await open({ store, codec: v8 });
    for (let n = 1; n <= 4; n++) await keeper(bank).keep(n);
  }
  await using bank = await open({ store });
  await expect(keeper(bank).look()).rejects.toMatchObject({
    code: "ACTOR_ACTIVATION_FAILED",
    retryable: false,
    message: expect.stringMatching(/keeper\/a: event 1 was written by codec "v8", which is not configured/) as string,
    data: { causeCode: "PERSISTENCE_UNKNOWN_CODEC" },
  });
  expect(bank.of("snapshot-unusable")).toMatchObject([{ reason: expect.stringContaining('codec "v8"') as string }]);
  expect(bank.of("recovery-retried")).toEqual([]);
  expect(await keeper(bank, "b").keep(1)).toBe(1);
});

it("a codec that throws is named: at persist with the event, at recovery with its version", async () => {
  const broken: Codec = {
    name: "v8",
    encode: v8.encode,
    decode: () => {
      throw new Error("bad magic");
    },
  };
  const store = memory();
  {
    await using bank = await open({ store, codec: v8 });
    box = () => 1;
    await expect(keeper(bank).keepBox()).rejects.toThrow(
      /event "kept" is refused by codec "v8": .*could not be cloned/,
    );
    await keeper(bank).keep(1);
  }
  await using bank = await open({ store, codec: broken });
  await expect(keeper(bank).look()).rejects.toMatchObject({
    message: expect.stringContaining('event 1 cannot be read by codec "v8": bad magic') as string,
    data: { causeCode: "PERSISTENCE_HISTORY_DAMAGED" },
  });
});

it.each<[string, unknown, string]>([
  ["no name", { encode: v8.encode, decode: v8.decode }, "a codec is named undefined"],
  ["a bad name", { ...v8, name: "V 8" }, 'a codec is named "V 8"'],
  ["the name of JSON", { ...v8, name: "json" }, 'a codec is named "json"'],
  ["no decode", { name: "v8", encode: v8.encode }, 'codec "v8" lacks encode or decode'],
  ["none in a list", [], "codec is an empty list"],
  ["two of one name", [v8, { ...v8 }], "two codecs of one name"],
  ["nothing in a list", [null], "a codec is named undefined"],
])("a codec with %s is refused at once", (_, codec, message) => {
  expect(() => persistence({ store: memory(), codec: codec as Codec })).toThrow(message);
});

it("a snapshot says its codec", () => {
  const header = { actor: { type: "keeper", id: "a" }, version: 1, token: 1, schema: 1, codec: "v8", time: 1 };
  const bytes = encodeSnapshot(header, { version: 1, state: '"AAAA"', commands: '{"named":[],"sessions":[]}' });
  expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({ codec: "v8", state: "AAAA" });
});
