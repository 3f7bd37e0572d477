// The museum's bugs as they are kept: each still has its place, and the loader builds in what it says.
import { describe, expect, it } from "vitest";
import { bugNamed, bugs } from "../src/simulation/museum/bugs.ts";
import { builtIn } from "../src/simulation/museum/building-in.ts";
import { checkPlace } from "../src/simulation/museum/sources.ts";

it("keeps 25 bugs at least, each under a name of its own", () => {
  expect(bugs.length).toBeGreaterThanOrEqual(25);
  expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length);
});

describe("each bug has exactly one place in the source", () => {
  for (const bug of bugs) it(bug.name, () => checkPlace(bug));
});

it("builds a bug in wherever lines are broken, and refuses one without a place", () => {
  const bug = { name: "b", file: "f.ts", find: "if (a) b();", replace: "c();" };
  expect(builtIn(bug, "x;\nif (a)\n    b();\ny;")).toBe("x;\nc();\ny;");
  expect(() => builtIn(bug, "if (a) c();")).toThrow('the bug "b" finds 0 places in f.ts');
  expect(() => builtIn(bug, "if (a) b(); if (a) b();")).toThrow("2 places");
});

it("names what it has when a bug is asked for that it has not", () => {
  expect(() => bugNamed("none")).toThrow("no-fence");
});
