import { attach, detach, EncodedValue, encode, encodeArguments } from "@aether/actor";
import * as fc from "fast-check";
import { expect, it } from "vitest";

class Point {
  readonly x = 1;
}
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

it("every JSON value comes back the same", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      fc.pre(!JSON.stringify(value).includes('"__proto__"') && !Object.is(value, -0));
      expect(attach(detach(value, "value"))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

it.each<[string, unknown, string]>([
  ["NaN", { a: [1, Number.NaN] }, "at .a[1] holds NaN"],
  ["an infinity", { a: Number.POSITIVE_INFINITY }, "at .a holds Infinity"],
  ["a bigint", { a: 1n }, "at .a holds a bigint"],
  ["a symbol", [Symbol("s")], "at [0] holds a symbol"],
  ["a function", { f: () => 1 }, "at .f holds a function"],
  ["a Date", { at: new Date(0) }, "at .at holds a Date"],
  ["a Map", { m: new Map() }, "at .m holds a Map"],
  ["an instance", { p: new Point() }, "at .p holds a Point"],
  ["undefined in a list", [1, undefined], "at [1] holds a undefined"],
  ["half of a surrogate pair", { s: "\uD800" }, "at .s holds a lone surrogate"],
  ["a key that rewrites prototypes", JSON.parse('{"a":{"__proto__":1}}'), "at .a.__proto__ holds a key that rewrites"],
  ["65 levels", nested(65), `at ${"[0]".repeat(64)} holds nesting deeper than 64`],
])("%s is refused with its path", (_, value, message) => {
  expect(() => encode(value, "value")).toThrow(`value ${message}`);
});

it("64 levels are taken, a member that is undefined is left out", () => {
  expect(encode(nested(64), "value")).toBe(`${"[".repeat(64)}1${"]".repeat(64)}`);
  expect(encode({ a: 1, b: undefined }, "value")).toBe('{"a":1}');
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
  expect(() => encodeArguments([undefined, 1], "pay")).toThrow('arguments of "pay" at [0] holds a undefined');
});
