import { memory } from "@aether/persistence/memory";
import { eventStoreSuite, snapshotStoreSuite, storeSuite } from "@aether/persistence/testing";
import { describe, expect, it } from "vitest";

const place = () => {
  const backend = memory();
  return () => backend.open({ systemName: "suite", warn: () => undefined });
};

describe("the memory store of events", () => {
  const open = async () => {
    const stores = place();
    return { connect: async () => (await stores()).events };
  };
  for (const { name, run } of eventStoreSuite({ open })) it(name, run);
});

describe("the memory store of snapshots", () => {
  const open = async () => {
    const stores = place();
    return { connect: async () => (await stores()).snapshots };
  };
  for (const { name, run } of snapshotStoreSuite({ open })) it(name, run);
});

describe("the memory backend under actors", () => {
  for (const { name, run } of storeSuite({ open: async () => memory() })) it(name, run);
});

it("keeps systems of different names apart, and shares with those of the same name", async () => {
  const backend = memory();
  const open = (systemName: string) => backend.open({ systemName, warn: () => undefined });
  const [a, b, again] = [await open("a"), await open("b"), await open("a")];
  const alice = { type: "account", id: "alice" };
  await a.events.append(alice, 0, Buffer.from("x"));
  expect([await b.events.head(alice), (await again.events.head(alice))?.token]).toEqual([undefined, 1]);
});

it("refuses to skip a case that does not exist", () => {
  const options = { open: () => Promise.reject(new Error("not opened")), skip: { "no such case": "a reason" } };
  expect(() => eventStoreSuite(options)).toThrow('no case "no such case"');
});

it("warns of a follower that throws, and has stored the commit", async () => {
  const warnings: string[] = [];
  const { events } = await memory().open({ systemName: "a", warn: (message) => warnings.push(message) });
  await events.follow?.(() => {
    throw new Error("its own");
  });
  const outcome = await events.append({ type: "account", id: "alice" }, 0, Buffer.from("x"));
  expect([outcome.type, warnings]).toEqual(["committed", ["A follower of stored events threw: Error: its own"]]);
});
