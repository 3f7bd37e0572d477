// The JSON text of values that JSON keeps as they are, in one pass: looked at and written at once, where `JSON.stringify`
// would follow a look of our own. Short texts stay parts that V8 puts together once, when they are written out.

export const maxDepth = 64;

/** What a text that needs no escape is made of: printable ASCII but for `"` and `\`. */
const other = /[^ !#-[\]-~]/;

/** By how much all texts so far take more bytes in UTF-8 than they have units. */
let surplus = 0;

/** It grows with each text that is made here: by nothing, unless there is more than ASCII in it. */
export function surplusBytes(): number {
  return surplus;
}

/** Keys come again and again; of those that are ASCII. */
const keyTexts = new Map<string, string>();
const maxKeyTexts = 1_000;

/** The same text as `JSON.stringify` gives; `undefined` for what it would lose or change. */
export function jsonText(value: unknown, depth: number = 0): string | undefined {
  switch (typeof value) {
    case "string":
      return value.isWellFormed() ? quote(value) : undefined;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? `${value}` : undefined;
    case "boolean":
      return value ? "true" : "false";
    case "object":
      return value === null ? "null" : objectText(value, depth);
    default:
      return undefined;
  }
}

/** A text as `JSON.stringify` writes it. */
export function quote(text: string): string {
  if (!other.test(text)) return `"${text}"`;
  const json = JSON.stringify(text);
  surplus += Buffer.byteLength(json) - json.length;
  return json;
}

function objectText(value: object, depth: number): string | undefined {
  if (depth >= maxDepth || (value as { toJSON?: unknown }).toJSON !== undefined) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value)) return prototype === Array.prototype ? listText(value, depth) : undefined;
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  let members = "";
  for (const key in value) {
    if (!Object.hasOwn(value, key)) continue;
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined && key !== "__proto__") continue;
    const head = keyText(key);
    const text = jsonText(member, depth + 1);
    if (head === undefined || text === undefined) return undefined;
    members += members === "" ? head + text : `,${head}${text}`;
  }
  return `{${members}}`;
}

function listText(list: readonly unknown[], depth: number): string | undefined {
  let items = "";
  for (let i = 0; i < list.length; i++) {
    const text = jsonText(list[i], depth + 1);
    if (text === undefined) return undefined;
    items += i === 0 ? text : `,${text}`;
  }
  return `[${items}]`;
}

/** `undefined` for one that may not be. */
function keyText(key: string): string | undefined {
  const known = keyTexts.get(key);
  if (known !== undefined) return known;
  if (key === "__proto__" || !key.isWellFormed()) return undefined;
  const text = `${quote(key)}:`;
  if (other.test(key)) return text;
  if (keyTexts.size === maxKeyTexts) keyTexts.clear();
  keyTexts.set(key, text);
  return text;
}
