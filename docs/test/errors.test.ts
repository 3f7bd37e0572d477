// docs/errors.md has a heading for every code in the code, and no other.
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Codes by package: each begins with the package's name. */
async function codesInSource(): Promise<string[]> {
  const codes: string[] = [];
  for (const name of await readdir(`${root}packages`)) {
    const files = (await readdir(`${root}packages/${name}/src`)).filter((file) => file.endsWith("errors.ts"));
    if (files.length === 0) continue;
    const texts = await Promise.all(files.map((file) => readFile(`${root}packages/${name}/src/${file}`, "utf8")));
    const text = texts.join("");
    codes.push(...[...text.matchAll(/"([A-Z]+(?:_[A-Z]+)+)"/g)].map(([, code]) => code ?? ""));
    expect(
      codes.some((code) => code.startsWith(`${name.toUpperCase()}_`)),
      name,
    ).toBe(true);
  }
  return codes;
}

it("has a heading for each error code and for nothing else", async () => {
  const text = await readFile(`${root}docs/errors.md`, "utf8");
  const headings = [...text.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code);
  const codes = await codesInSource();
  expect(new Set(headings)).toEqual(new Set(codes));
  expect(new Set(headings).size).toBe(headings.length);
  expect(codes.length).toBeGreaterThan(50);
});

it("says something under each heading", async () => {
  const text = await readFile(`${root}docs/errors.md`, "utf8");
  for (const section of text.split(/^### /m).slice(1)) {
    const [heading, ...body] = section.split(/^## /m)[0]!.split("\n");
    expect(body.join("").trim().length, heading).toBeGreaterThan(20);
  }
});
