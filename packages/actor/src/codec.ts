// Values as text: plain JSON, readable with any tool. What would not come back the same is refused with its path, since
// a value that changes on its way to the store is a bug that shows up months later.
import { isWellFormed } from "./address.ts";

export const maxDepth = 64;

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
    if (this.json.includes("__proto__") || this.json.includes("\\u")) check(value, "what was sent", "", 0);
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
  check(value, what, "", 0);
  return value;
}

export function attach(value: unknown): unknown {
  return value instanceof EncodedValue ? value.decode() : value;
}

/**
 * @param what names the value in an error, such as `event "deposited"`
 * @throws TypeError naming the path of the first value that would not survive the round trip
 */
export function encode(value: unknown, what: string): string {
  check(value, what, "", 0);
  return JSON.stringify(value) ?? "null";
}

/** The arguments of a command as text. Optional ones at the end that were not given are left out. @throws TypeError as `encode` */
export function encodeArguments(args: readonly unknown[], command: string): string {
  const given = args.findLastIndex((arg) => arg !== undefined) + 1;
  return encode(given === args.length ? args : args.slice(0, given), `arguments of "${command}"`);
}

function check(value: unknown, what: string, path: string, depth: number): void {
  switch (typeof value) {
    case "string":
      if (!isWellFormed(value)) refuse(what, path, "a lone surrogate");
      return;
    case "boolean":
      return;
    case "number":
      if (!Number.isFinite(value)) refuse(what, path, String(value));
      return;
    case "object":
      if (value !== null) checkObject(value, what, path, depth);
      return;
    case "undefined":
    case "function":
    case "symbol":
    case "bigint":
      refuse(what, path, `a ${typeof value}`);
  }
}

function checkObject(value: object, what: string, path: string, depth: number): void {
  if (depth >= maxDepth) refuse(what, path, `nesting deeper than ${maxDepth}`);
  if (Array.isArray(value)) {
    if (Object.getPrototypeOf(value) !== Array.prototype) refuse(what, path, `a ${value.constructor?.name ?? "list"}`);
    for (let i = 0; i < value.length; i++) check(value[i], what, `${path}[${i}]`, depth + 1);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    refuse(what, path, `a ${value.constructor?.name ?? "class instance"}`);
  }
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key];
    if (key === "__proto__") refuse(what, `${path}.${key}`, "a key that rewrites prototypes");
    if (member !== undefined) check(member, what, `${path}.${key}`, depth + 1);
  }
}

function refuse(what: string, path: string, found: string): never {
  throw new TypeError(`${what}${path === "" ? "" : ` at ${path}`} holds ${found}, which JSON would lose or change.`);
}
