import { deepStrictEqual } from "node:assert";
import { attach, detach, EncodedValue, encode, encodeArguments, encodeSized } from "@aether/actor";
import * as fc from "fast-check";
import { expect, it } from "vitest";

class Point {
  readonly x = 1;
}
const circle: { self?: unknown } = {};
circle.self = circle;
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

it("every JSON value comes back the same, -0 included", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      fc.pre(!JSON.stringify(value).includes('"__proto__"'));
      deepStrictEqual(attach(detach(value, "value")), value);
    }),
  );
});

it("a text comes with the bytes that it takes, whatever is in its values and keys, and again when keys are known", () => {
  const value = fc.jsonValue({ maxDepth: 4, stringUnit: "binary" });
  fc.assert(
    fc.property(fc.oneof(value, fc.constantFrom(-0, { schlüssel: "für 🦊", "\u0001": "\u0000" })), (given) => {
      fc.pre(!JSON.stringify(given).includes('"__proto__"'));
      for (let i = 0; i < 2; i++) {
        const { text, bytes } = encodeSized(given, "value");
        deepStrictEqual({ text, bytes }, { text: encode(given, "value"), bytes: Buffer.byteLength(text) });
      }
    }),
  );
});

const lossy = fc.oneof(
  fc.constantFrom<unknown>(Number.NaN, Infinity, -Infinity, 1n, Symbol("s"), () => 1, undefined, new Point()),
  fc.constantFrom<unknown>(new Date(0), new Date(Number.NaN), new Map(), new Set([1]), /x/, new Error("e"), Object(1)),
  fc.constantFrom<unknown>(new Uint8Array(2), Promise.resolve(), new (class extends Array {})(), "\uDC00x", "x\uD800"),
  fc.constantFrom<unknown>({ toJSON: () => 1 }, { "\uD800": 1 }, JSON.parse('{"__proto__":1}'), Array(1)),
  fc.constantFrom<unknown>(
    Object.defineProperty({ a: 1 }, "toJSON", { value: () => 2 }),
    Object.defineProperty([], "toJSON", { value: () => 2 }),
  ),
);
const plain = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key(), tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;
function key(): fc.Arbitrary<string> {
  return fc.string({ unit: "binary", maxLength: 4 }).filter((name) => name !== "__proto__" && name !== "toJSON");
}

it("whatever is accepted comes back the same", () => {
  fc.assert(
    fc.property(plain, (value) => deepStrictEqual(attach(new EncodedValue(encode(value, "value"))), value)),
    { numRuns: 500 },
  );
});

it("whatever would not come back is refused, wherever it stands, with the path to it", () => {
  const steps = fc.array(fc.oneof(fc.nat(3), key()), { maxLength: 20 });
  fc.assert(
    fc.property(steps, lossy, plain, (path, value, beside) => {
      const holder = path.reduceRight<unknown>((inner, at) => {
        if (typeof at === "string") return { "-": beside, [at]: inner, z: -0 };
        return [...Array.from({ length: at }, () => beside), inner, -0];
      }, value);
      fc.pre(value !== undefined || typeof path.at(-1) !== "string");
      const text = path.map((at) => (typeof at === "number" ? `[${at}]` : step(at))).join("");
      expect(() => encode(holder, "value")).toThrow(text === "" ? /^value (at \S+ )?holds / : `value at ${text}`);
      expect(() => encode(holder, "value")).toThrow(/, which JSON would lose or change\.$/);
    }),
    { numRuns: 1_000 },
  );
});
const step = (name: string): string => (/^[\w$]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`);

it.each<[string, unknown, string]>([
  ["NaN", { a: [1, Number.NaN] }, "at .a[1] holds NaN"],
  ["an infinity", { a: Number.POSITIVE_INFINITY }, "at .a holds Infinity"],
  ["a bigint", { a: 1n }, "at .a holds a bigint"],
  ["a symbol", [Symbol("s")], "at [0] holds a symbol"],
  ["a function", { f: () => 1 }, "at .f holds a function"],
  ["a Date", { at: new Date(0) }, "at .at holds a Date"],
  ["a Map", { m: new Map() }, "at .m holds a Map"],
  ["an instance", { p: new Point() }, "at .p holds a Point"],
  ["undefined in a list", [1, undefined], "at [1] holds undefined"],
  ["a hole in a list", Array(2), "at [0] holds undefined"],
  ["half of a surrogate pair", { s: "\uD800" }, "at .s holds a lone surrogate"],
  ["half of a pair in a key", { a: { "\uD800": 1 } }, 'at .a["\\ud800"] holds a lone surrogate in its key'],
  [
    "a toJSON that is hidden",
    [Object.defineProperty({}, "toJSON", { value: () => 1 })],
    "at [0] holds a Object with a toJSON",
  ],
  ["a circle", circle, `at ${".self".repeat(64)} holds nesting deeper than 64 levels (or a circle)`],
  ["a key that rewrites prototypes", JSON.parse('{"a":{"__proto__":1}}'), "at .a.__proto__ holds a key that rewrites"],
  ["65 levels", nested(65), `at ${"[0]".repeat(64)} holds nesting deeper than 64`],
])("%s is refused with its path", (_, value, message) => {
  expect(() => encode(value, "value")).toThrow(`value ${message}`);
});

it("64 levels are taken, a member that is undefined is left out", () => {
  expect(encode(nested(64), "value")).toBe(`${"[".repeat(64)}1${"]".repeat(64)}`);
  expect(encode({ a: 1, b: undefined }, "value")).toBe('{"a":1}');
  expect(encode([-0], "value")).toBe("[-0]");
  expect(encode({ a: -0, b: undefined, c: [true, null, "x"], toJSON: 1 }, "value")).toBe(
    '{"a":-0,"c":[true,null,"x"],"toJSON":1}',
  );
});

it("primitives stay as they are, objects become text at that moment", () => {
  for (const value of [undefined, null, true, 0, -1.5, "", "x"]) expect(detach(value, "value")).toBe(value);
  const live = { n: 1 };
  const detached = detach(live, "value");
  live.n = 2;
  expect([detached instanceof EncodedValue, attach(detached)]).toEqual([true, { n: 1 }]);
  for (const value of [Number.NaN, 1n, Symbol("s"), () => 1]) expect(() => detach(value, "value")).toThrow(TypeError);
});

it("leaves out optional arguments at the end, and refuses to turn one in the middle into null", () => {
  expect(encodeArguments([1, undefined, undefined], "pay")).toBe("[1]");
  expect(encodeArguments([undefined], "pay")).toBe("[]");
  expect(() => encodeArguments([undefined, 1], "pay")).toThrow('arguments of "pay" at [0] holds undefined');
});
