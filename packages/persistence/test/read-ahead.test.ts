// The reader of pages that has the next one fetched while it works on the one before.
import { expect, it } from "vitest";
import { readAhead } from "../src/jetstream/read-ahead.ts";

interface Source {
  readonly pages: AsyncIterable<number>;
  readonly asked: number[];
  readonly ended: Promise<void>;
}

/** Gives 1, 2 and so on, and notes which page it was asked for. */
function source(last: number, failure?: Error): Source {
  const asked: number[] = [];
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  async function* pages(): AsyncIterable<number> {
    try {
      for (let page = 1; page <= last; page++) {
        asked.push(page);
        yield page;
      }
      if (failure !== undefined) throw failure;
    } finally {
      end();
    }
  }
  return { pages: pages(), asked, ended };
}

it("asks for the next page before the one before it is worked on", async () => {
  const { pages, asked } = source(3);
  const seen: string[] = [];
  for await (const page of readAhead(pages)) seen.push(`${page} of ${asked.join(",")}`);
  expect(seen).toEqual(["1 of 1,2", "2 of 1,2,3", "3 of 1,2,3"]);
});

it("throws what the next page throws behind the pages before it", async () => {
  const failure = new Error("no more");
  const seen: number[] = [];
  const reading = (async () => {
    for await (const page of readAhead(source(2, failure).pages)) seen.push(page);
  })();
  await expect(reading).rejects.toBe(failure);
  expect(seen).toEqual([1, 2]);
});

it("ends the source when the reader stops early, even if the next page fails", async () => {
  const { pages, ended } = source(1, new Error("nobody asked"));
  for await (const page of readAhead(pages)) if (page === 1) break;
  await ended;
});
