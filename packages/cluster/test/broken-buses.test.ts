// The suite bites: each of these buses is wrong in one way, and the named case says so.
import { eventBusSuite } from "@aether/cluster/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { brokenBuses, harmlessBuses } from "./broken-buses.ts";
import { type MakeBus, memoryBusPlace } from "./event-bus-places.ts";

const entries = Object.entries(brokenBuses);
const failed = new Map<string, unknown>();

/** All at once: what a case waits for in vain takes it seconds. */
beforeAll(async () => {
  await Promise.all(entries.map(async ([what, [caughtBy, make]]) => failed.set(what, await failureOf(caughtBy, make))));
}, 60_000);

async function failureOf(name: string, make: MakeBus): Promise<unknown> {
  const suite = eventBusSuite({ place: () => memoryBusPlace(make), manySubscriptions: 100 });
  const found = suite.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no case "${name}"`);
  return Promise.race([found.run(), hung()]).then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** A case that never ends has not passed either. */
async function hung(): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, 15_000).unref());
  throw new Error("it hangs");
}

describe("a bus that", () => {
  it.each(entries.map(([what, [caughtBy]]) => [what, caughtBy] as const))('"%s" is caught by "%s"', (what) => {
    expect(failed.get(what)).toBeInstanceOf(Error);
  });

  it.each(Object.entries(harmlessBuses))('"%s" passes what catches the broken ones', async (_, make) => {
    const names = new Set(entries.map(([, [caughtBy]]) => caughtBy));
    const found = await Promise.all([...names].map(async (name) => [name, await failureOf(name, make)]));
    expect(found.filter(([, failure]) => failure !== undefined)).toEqual([]);
  });

  it("is broken is one of at least 20", () => {
    expect(entries.length).toBeGreaterThanOrEqual(20);
  });
});
