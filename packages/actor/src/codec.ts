// Values as text: plain JSON, readable with any tool. What would not come back the same is refused with its path, since
// a value that changes on its way to the store is a bug that shows up months later.
import { jsonText, maxDepth, surplusBytes } from "./json-text.ts";

/** A value that was encoded while it could still change; it crosses gates and nodes without being decoded. */
export class EncodedValue {
  readonly json: string;

  constructor(json: string) {
    this.json = json;
  }

  /** @throws SyntaxError for what is no JSON; TypeError for what `encode` would never have made */
  decode(): unknown {
    const value: unknown = JSON.parse(this.json);
    // Escapes are rare in what `encode` makes; spelled with them, a key would hide from the first look.
    if ((this.json.includes("__proto__") || this.json.includes("\\u")) && jsonText(value) === undefined) {
      write(value, { what: "what was sent", path: "", depth: 0 });
    }
    return value;
  }
}

/**
 * Primitives stay as they are; an object is encoded, so that nobody holds a reference into somebody's state.
 * @throws TypeError for what would not survive the round trip
 */
export function detach(value: unknown, what: string): unknown {
  if (value === undefined || value === null || typeof value === "boolean") return value;
  if (typeof value === "object") return value instanceof EncodedValue ? value : new EncodedValue(encode(value, what));
  if (jsonText(value) === undefined) write(value, { what, path: "", depth: 0 });
  return value;
}

export function attach(value: unknown): unknown {
  return value instanceof EncodedValue ? value.decode() : value;
}

/**
 * Members that are `undefined` are left out, as are those under symbols; an object without a prototype comes back as a plain
 * one. All else that is accepted comes back deeply equal, -0 included.
 * @param what names the value in an error, such as `event "deposited"`
 * @throws TypeError naming the path of the first value that would not survive the round trip
 */
export function encode(value: unknown, what: string): string {
  return jsonText(value) ?? write(value, { what, path: "", depth: 0 });
}

export interface SizedText {
  readonly text: string;
  /** What it takes in UTF-8. */
  readonly bytes: number;
}

/** As `encode`. The size comes with it: to measure a text that is made of pieces, V8 has to put it together. */
export function encodeSized(value: unknown, what: string): SizedText {
  const before = surplusBytes();
  const text = jsonText(value);
  if (text !== undefined) return { text, bytes: text.length + (surplusBytes() - before) };
  const written = write(value, { what, path: "", depth: 0 });
  return { text: written, bytes: Buffer.byteLength(written) };
}

/** The arguments of a command as text. Optional ones at the end that were not given are left out. @throws TypeError as `encode` */
export function encodeArguments(args: readonly unknown[], command: string): string {
  const given = args.findLastIndex((arg) => arg !== undefined) + 1;
  return encode(given === args.length ? args : args.slice(0, given), `arguments of "${command}"`);
}

interface Place {
  readonly what: string;
  readonly path: string;
  readonly depth: number;
}

/** For what is not plain: says where and why it is refused, or writes what `JSON.stringify` would not (-0). */
function write(value: unknown, place: Place): string {
  switch (typeof value) {
    case "string":
      return value.isWellFormed() ? JSON.stringify(value) : refuse(place, "a lone surrogate");
    case "boolean":
      return String(value);
    case "number":
      if (!Number.isFinite(value)) refuse(place, String(value));
      return Object.is(value, -0) ? "-0" : String(value);
    case "object":
      return value === null ? "null" : writeObject(value, place);
    case "undefined":
      return refuse(place, "undefined");
    case "function":
    case "symbol":
    case "bigint":
      return refuse(place, `a ${typeof value}`);
  }
}

function writeObject(value: object, place: Place): string {
  const { what, path, depth } = place;
  if (depth >= maxDepth) refuse(place, `nesting deeper than ${maxDepth} levels (or a circle)`);
  const prototype: unknown = Object.getPrototypeOf(value);
  const expected = Array.isArray(value) ? Array.prototype : Object.prototype;
  if (prototype !== expected && (prototype !== null || Array.isArray(value))) refuse(place, nameOf(value));
  if (typeof (value as { toJSON?: unknown }).toJSON === "function")
    refuse(place, `${nameOf(value)} with a toJSON method`);
  if (Array.isArray(value)) {
    const items = Array.from(value, (item, i) => write(item, { what, path: `${path}[${i}]`, depth: depth + 1 }));
    return `[${items.join(",")}]`;
  }
  const members: string[] = [];
  for (const [key, member] of Object.entries(value)) {
    const at = { what, path: path + step(key), depth: depth + 1 };
    if (key === "__proto__") refuse(at, "a key that rewrites prototypes");
    if (!key.isWellFormed()) refuse(at, "a lone surrogate in its key");
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${write(member, at)}`);
  }
  return `{${members.join(",")}}`;
}

function step(key: string): string {
  return /^[\w$]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function nameOf(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "" ? `a ${name}` : "a class instance";
}

function refuse({ what, path }: Place, found: string): never {
  throw new TypeError(`${what}${path === "" ? "" : ` at ${path}`} holds ${found}, which JSON would lose or change.`);
}
