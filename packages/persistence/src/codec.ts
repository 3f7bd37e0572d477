// How events and snapshots become bytes. JSON unless somebody asks for another codec; what an other one makes is embedded
// in the same JSON text as base64, under the codec's name, so every store and every tool still reads the rest.
import { encode, encodeSized, type SizedText } from "@aether/actor";
import { HistoryDamaged, UnknownCodec } from "./errors.ts";
import type { DomainEvent } from "./events.ts";

/**
 * Encodes events and snapshots; replies, ids and what else is in a commit stay JSON. Values are trees without circles.
 * `decode(encode(value))` must give a value that is deeply equal, on any node and at any later time.
 */
export interface Codec {
  /** Stored with all that it encodes, so it must never mean anything else: up to 32 of `a-z`, `0-9`, `.`, `_`, `-`. */
  readonly name: string;
  /** Throws for a value that would not come back the same. Must not keep or change the value. */
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

/** The default. Always known, so what was written as JSON stays readable whatever codec is configured. */
export const jsonCodec: Codec = Object.freeze({
  name: "json",
  encode: (value: unknown) => Buffer.from(encode(value, "a value")),
  decode: (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString()),
});

const namePattern = /^[a-z0-9][a-z0-9._-]{0,31}$/;

/** What stands before an event, by its schema. */
const heads: string[] = [];

function headOf(schema: number): string {
  return (heads[schema] ??= `{"schema":${schema},"event":`);
}

/** The one codec that writes, and all that read. */
export class Codecs {
  readonly #writer: Codec;
  readonly #byName: ReadonlyMap<string, Codec>;

  /** @throws TypeError naming what is wrong with a codec */
  constructor(codecs: Codec | readonly Codec[] = jsonCodec) {
    const list = (Array.isArray(codecs) ? codecs : [codecs]) as readonly Codec[];
    if (list.length === 0) throw new TypeError("persistence: codec is an empty list; leave it out for JSON.");
    list.forEach(checkCodec);
    this.#writer = list[0] as Codec;
    this.#byName = new Map(list.map((codec) => [codec.name, codec]));
    if (this.#byName.size < list.length) throw new TypeError("persistence: codec lists two codecs of one name.");
  }

  /** Of the codec that writes. */
  get name(): string {
    return this.#writer.name;
  }

  /** One event as it stands in a commit. @throws TypeError naming the path of what would not come back the same */
  encodeEvent(event: DomainEvent, schema: number): SizedText {
    const what = `event "${event.type}"`;
    if (this.#writer === jsonCodec) {
      const head = headOf(schema);
      const { text, bytes } = encodeSized(event, what);
      return { text: `${head}${text}}`, bytes: head.length + bytes + 1 };
    }
    const type = JSON.stringify(event.type);
    const text = `{"schema":${schema},"codec":"${this.name}","type":${type},"event":${this.#embed(event, what)}}`;
    return { text, bytes: Buffer.byteLength(text) };
  }

  /** A snapshot's state as JSON text. @throws TypeError as `encodeEvent` */
  encodeState(state: unknown, what: string): string {
    return this.#writer === jsonCodec ? encode(state, what) : this.#embed(state, what);
  }

  /**
   * @param stored what stands in the JSON text: the value itself, or base64
   * @param what names it in an error, such as `event 7`
   * @throws UnknownCodec (`PERSISTENCE_UNKNOWN_CODEC`), HistoryDamaged (`PERSISTENCE_HISTORY_DAMAGED`)
   */
  decode(name: string, stored: unknown, { actor, what }: { readonly actor: string; readonly what: string }): unknown {
    if (name === jsonCodec.name) return stored;
    const codec = this.#byName.get(name);
    if (codec === undefined) throw new UnknownCodec(actor, what, name);
    if (typeof stored !== "string") throw new HistoryDamaged(actor, `${what} of codec "${name}" is no base64 text`);
    try {
      return codec.decode(Buffer.from(stored, "base64"));
    } catch (error) {
      throw new HistoryDamaged(actor, `${what} cannot be read by codec "${name}": ${messageOf(error)}`);
    }
  }

  #embed(value: unknown, what: string): string {
    const { name } = this.#writer;
    let bytes: Uint8Array;
    try {
      bytes = this.#writer.encode(value);
    } catch (error) {
      throw new TypeError(`${what} is refused by codec "${name}": ${messageOf(error)}`, { cause: error });
    }
    if (!(bytes instanceof Uint8Array)) throw new TypeError(`codec "${name}" gave no bytes (Uint8Array) for ${what}.`);
    return `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")}"`;
  }
}

/** Reads and writes JSON alone. */
export const jsonOnly: Codecs = new Codecs();

function checkCodec(codec: Codec): void {
  if (codec === jsonCodec) return;
  const name: unknown = codec?.name;
  if (typeof name !== "string" || !namePattern.test(name) || name === jsonCodec.name) {
    throw new TypeError(
      `persistence: a codec is named ${JSON.stringify(name)}; use a-z, 0-9, ".", "_", "-", and not "json".`,
    );
  }
  if (typeof codec.encode !== "function" || typeof codec.decode !== "function") {
    throw new TypeError(`persistence: codec "${name}" lacks encode or decode.`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
