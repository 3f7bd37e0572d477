import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFlights } from "../src/flights.ts";
import { UsageError } from "../src/usage-error.ts";
import { flights2k } from "./demo-process.ts";

const flight = { date: "2001/01/31 23:59", delay: -3, distance: 400, origin: "SFO", destination: "LAX" };

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "aether-flights-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function fileWith(text: string): Promise<string> {
  const file = join(directory, "flights.json");
  await writeFile(file, text);
  return file;
}

describe("a file of flights", () => {
  it("is read as it is", async () => {
    const flights = await readFlights(flights2k);
    expect(flights).toHaveLength(2_000);
    expect(flights[0]).toEqual({
      date: "2001/01/01 06:55",
      delay: -19,
      distance: 1797,
      origin: "LAX",
      destination: "BNA",
    });
  });

  it("comes with the demo", async () => {
    expect(await readFlights(undefined)).toHaveLength(20_000);
  });

  it("may hold odd flights: any characters in codes, a round trip, any delay", async () => {
    const odd = { ...flight, origin: "Zü.rich *> 日本", destination: "Zü.rich *> 日本", delay: 1e300 };
    expect(await readFlights(await fileWith(JSON.stringify([odd])))).toEqual([odd]);
  });

  it("is read in whole miles, so that sums do not depend on the order", async () => {
    const file = await fileWith(JSON.stringify([{ ...flight, distance: 99.6 }]));
    expect(await readFlights(file)).toEqual([{ ...flight, distance: 100 }]);
  });
});

describe("a bad file of flights is refused in one line", () => {
  async function refusal(file: string): Promise<string> {
    const error: unknown = await readFlights(file).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }

  it("when it is missing, or a directory", async () => {
    expect(await refusal("/no/such/file.json")).toBe('The flights file "/no/such/file.json" cannot be read: ENOENT.');
    expect(await refusal(directory)).toContain("EISDIR");
  });

  it.each([
    { what: "text", text: "hello\nworld" },
    { what: "a half", text: '[{"origin":' },
    { what: "nothing", text: "" },
  ])("when it is no JSON but $what", async ({ text }) => {
    expect(await refusal(await fileWith(text))).toContain("is not JSON");
  });

  it.each(["{}", "[]", "null", '"SFO"'])("when it is %s instead of an array of flights", async (text) => {
    expect(await refusal(await fileWith(text))).toContain("holds no array of flights");
  });

  const { origin: _none, ...withoutOrigin } = flight;
  it.each([
    { flaw: "is null", row: null, says: '"origin" is missing' },
    { flaw: "is a number", row: 5, says: '"origin" is missing' },
    { flaw: "has no origin", row: withoutOrigin, says: '"origin" is missing' },
    { flaw: "has a number as origin", row: { ...flight, origin: 5 }, says: '"origin" is 5' },
    { flaw: "has an empty origin", row: { ...flight, origin: "" }, says: '"origin" is "", which cannot name an actor' },
    { flaw: "has a destination too long", row: { ...flight, destination: "X".repeat(300) }, says: "300 bytes" },
    { flaw: "has half a character as origin", row: { ...flight, origin: "\uD800" }, says: "surrogate" },
    { flaw: "has no date", row: { ...flight, date: undefined }, says: '"date" is missing' },
    { flaw: "has a date too long", row: { ...flight, date: "x".repeat(101) }, says: '"date" is "xxx' },
    { flaw: "has half a character as date", row: { ...flight, date: "\uD800" }, says: '"date" is "\\ud800"' },
    { flaw: "has a text as delay", row: { ...flight, delay: "late" }, says: '"delay" is "late"' },
    { flaw: "has no distance", row: { ...flight, distance: null }, says: '"distance" is null' },
    { flaw: "has an endless distance", row: { ...flight, distance: 1e300 }, says: '"distance" is 1e+300' },
  ])("when a flight $flaw", async ({ row, says }) => {
    const message = await refusal(await fileWith(JSON.stringify([flight, row])));
    expect(message).toContain("flight 2");
    expect(message).toContain(says);
    expect(message.length).toBeLessThan(300);
  });
});
