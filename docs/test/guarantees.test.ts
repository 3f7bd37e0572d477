// docs/guarantees.md names a test for each promise: they exist, under these titles.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const page = new URL("../guarantees.md", import.meta.url);
const named = /\[([\w.-]+)\]\((\.\.\/[\w./-]+\.ts)\)(?:: _([^_]+)_)?/g;

it("names tests and cases that exist, by file and title", async () => {
  const references = [...(await readFile(page, "utf8")).matchAll(named)];
  expect(references.length).toBeGreaterThan(50);
  for (const [reference, label, path = "", title] of references) {
    const file = new URL(path, page);
    expect(title, reference).toBeDefined();
    expect(path.endsWith(`/${label}`), reference).toBe(true);
    const text = await readFile(fileURLToPath(file), "utf8");
    expect(text.includes(`"${title}"`), reference).toBe(true);
  }
});

it("names at least one in each line of a table of promises", async () => {
  const text = await readFile(page, "utf8");
  const tables = text.split(/^\| .*shown by +\|\n\|[- |]+\|\n/gm).slice(1);
  expect(tables.length).toBeGreaterThan(6);
  for (const table of tables) {
    for (const row of table.split(/\n(?!\|)/)[0]!.split("\n")) expect(row).toMatch(new RegExp(named.source));
  }
});
