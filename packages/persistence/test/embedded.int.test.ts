import { eventStoreSuite, snapshotStoreSuite, storeSuite } from "@aether/persistence/testing";
import { embedded } from "@aether/persistence/embedded";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { emptyPlace, ReopenedPlace } from "./embedded-places.ts";

/** A thread starts in each case, and in some of them often. */
const timeout = 60_000;

describe("the embedded store of events", { timeout }, () => {
  const open = async () => {
    const { connect, closeAll, dispose } = await emptyPlace();
    const events = async () => (await connect()).events;
    return { connect: events, reopen: () => closeAll().then(events), dispose };
  };
  for (const { name, run } of eventStoreSuite({ open })) it(name, run);
});

describe("the embedded store of snapshots", { timeout }, () => {
  const open = async () => {
    const { connect, closeAll, dispose } = await emptyPlace();
    const snapshots = async () => (await connect()).snapshots;
    return { connect: snapshots, reopen: () => closeAll().then(snapshots), dispose };
  };
  for (const { name, run } of snapshotStoreSuite({ open })) it(name, run);
});

describe("the embedded store of events, reopened before each look", { timeout }, () => {
  const open = async () => {
    const place = await emptyPlace();
    const reopened = new ReopenedPlace(place);
    return { connect: async () => reopened.events(), dispose: place.dispose };
  };
  for (const { name, run } of eventStoreSuite({ open })) it(name, run);
});

describe("the embedded store of snapshots, reopened before each look", { timeout }, () => {
  const open = async () => {
    const place = await emptyPlace();
    const reopened = new ReopenedPlace(place);
    return { connect: async () => reopened.snapshots(), dispose: place.dispose };
  };
  for (const { name, run } of snapshotStoreSuite({ open })) it(name, run);
});

describe("the embedded backend under actors", { timeout }, () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "aether-embedded-"));
  });
  afterAll(() => rm(directory, { recursive: true }));
  for (const { name, run } of storeSuite({ open: async () => embedded({ directory }) })) it(name, run);
});

describe("the embedded backend under actors, reopened before each look", { timeout }, () => {
  const open = async () => {
    const place = await emptyPlace();
    const reopened = new ReopenedPlace(place);
    const stores = { events: reopened.events(), snapshots: reopened.snapshots(), close: place.dispose };
    return { name: "reopened", open: async () => stores };
  };
  for (const { name, run } of storeSuite({ open })) it(name, run);
});
