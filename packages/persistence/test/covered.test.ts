// Every numbered property of a store is looked at: by a case of a suite, or by the test that the table names.
import { readFile } from "node:fs/promises";
import { eventStoreSuite, snapshotStoreSuite, storeSuite, type SuiteCase } from "@aether/persistence/testing";
import { expect, it } from "vitest";
import { coveredElsewhere } from "./covered-elsewhere.ts";

const numbered = (letter: string, count: number) => Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
const properties = [...numbered("E", 44), ...numbered("S", 20)];
const open = () => Promise.reject(new Error("not to be opened"));
const cases: readonly SuiteCase[] = [
  ...eventStoreSuite({ open }),
  ...snapshotStoreSuite({ open }),
  ...storeSuite({ open }),
];

it("every property is covered by a case, or by a test that is named", () => {
  const covered = new Set([...cases.flatMap(({ covers }) => covers), ...Object.keys(coveredElsewhere)]);
  expect(properties.filter((property) => !covered.has(property))).toEqual([]);
});

it("no case and no table names a property that there is not", () => {
  const named = [...cases.flatMap(({ covers }) => covers), ...Object.keys(coveredElsewhere)];
  expect(named.filter((property) => !properties.includes(property))).toEqual([]);
});

it("every case covers something, and no two have one name", () => {
  expect(cases.filter(({ covers }) => covers.length === 0)).toEqual([]);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length - 1); // both stores throw when they are closed
});

const shown = Object.entries(coveredElsewhere).flatMap(([property, tests]) =>
  tests.map((test) => ({ property, ...test })),
);

it.each(shown)("$property is shown by $file: $title", async ({ file, title, because }) => {
  expect(await readFile(new URL(file, import.meta.url), "utf8")).toContain(JSON.stringify(title));
  expect(because).not.toBe("");
});
