// The index of the embedded store while it lags behind: the same promises with a tail so short that all is merged often.
import { eventStoreSuite, storeSuite } from "@aether/persistence/testing";
import type { EventStore } from "@aether/persistence";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { embeddedBackend } from "../src/embedded/backend.ts";
import {
  alice,
  bytes,
  type EmbeddedPlace,
  emptyPlace,
  history,
  inspectFile,
  ReopenedPlace,
  shortTailKeys,
} from "./embedded-places.ts";

/** A thread starts in each case, and in some of them often. */
const timeout = 60_000;
const bob = { type: "account", id: "bob" };

async function shortTailed(): Promise<EmbeddedPlace> {
  const place = await emptyPlace(shortTailKeys);
  onTestFinished(place.dispose);
  return place;
}

interface Index {
  readonly indexed: number;
  readonly positions: readonly number[];
  readonly commits: number;
}

/** How far it is, and what is in it: of commits that are there, and all of those that it says it has. */
async function indexOf({ dataFile }: EmbeddedPlace): Promise<Index> {
  return inspectFile(dataFile, (sqlite) => {
    const all = (sql: string): number[] => Array.from(sqlite.prepare(sql).iterate(), ({ n }) => Number(n));
    const [indexed = 0] = all("SELECT value AS n FROM meta WHERE name = 'indexed'");
    const positions = all("SELECT position AS n FROM commit_index ORDER BY position");
    const stored = all("SELECT position AS n FROM commits ORDER BY position");
    const common = "SELECT position AS n FROM commit_index JOIN commits USING (position, actor, number) ORDER BY n";
    expect(positions).toEqual(all(common));
    expect(positions.filter((position) => position <= indexed)).toEqual(
      stored.filter((position) => position <= indexed),
    );
    return { indexed, positions, commits: stored.length };
  });
}

/** One at a time, so that each is a transaction. */
async function append(events: EventStore, actor: typeof alice, from: number, to: number): Promise<void> {
  for (let token = from; token <= to; token++) {
    expect(await events.append(actor, token - 1, bytes(`${token}`))).toEqual({ type: "committed", token });
  }
}

async function read(events: EventStore, actor: typeof alice, after: number, upTo: number): Promise<string[]> {
  const found: string[] = [];
  for await (const page of events.read(actor, { after, upTo })) {
    found.push(...page.map((commit) => Buffer.from(commit.bytes).toString()));
  }
  return found;
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

const texts = (from: number, to: number): string[] => numbers(from, to).map(String);

describe("the embedded store of events with a short tail", { timeout }, () => {
  const open = async () => {
    const { connect, closeAll, dispose } = await emptyPlace(shortTailKeys);
    const events = async () => (await connect()).events;
    return { connect: events, reopen: () => closeAll().then(events), dispose };
  };
  for (const { name, run } of eventStoreSuite({ open })) it(name, run);
});

describe("the embedded store of events with a short tail, reopened before each look", { timeout }, () => {
  const open = async () => {
    const place = await emptyPlace(shortTailKeys);
    const reopened = new ReopenedPlace(place);
    return { connect: async () => reopened.events(), dispose: place.dispose };
  };
  for (const { name, run } of eventStoreSuite({ open })) it(name, run);
});

describe("the embedded backend with a short tail under actors", { timeout }, () => {
  let place: EmbeddedPlace;
  beforeAll(async () => {
    place = await emptyPlace();
  });
  afterAll(() => place.dispose());
  const options = { snapshotsKept: 2, maxFileBytes: undefined, maxTailKeys: shortTailKeys };
  const open = async () => embeddedBackend({ directory: place.directory, ...options });
  for (const { name, run } of storeSuite({ open })) it(name, run);
});

describe("the index of an embedded store", () => {
  it("gets a piece of the frozen tail with each transaction, in order, and says when it has all", async () => {
    const place = await shortTailed();
    const { events } = await place.connect();
    await append(events, bob, 1, 4);
    await append(events, alice, 1, 3);
    expect(await indexOf(place)).toEqual({ indexed: 0, positions: [], commits: 7 });
    await append(events, alice, 4, 4);
    expect((await indexOf(place)).positions).toEqual([1, 2]);
    await append(events, alice, 5, 7);
    expect(await indexOf(place)).toEqual({ indexed: 0, positions: numbers(1, 8), commits: 11 });
    await append(events, alice, 8, 8);
    expect(await indexOf(place)).toEqual({ indexed: 8, positions: numbers(1, 8), commits: 12 });
    expect(await history(events)).toEqual(texts(1, 8));
  });

  it("is read on behind more truncated commits than are asked for at once", async () => {
    const { events } = await (await shortTailed()).connect();
    await append(events, alice, 1, 200);
    expect(await read(events, alice, 8, 136)).toEqual(texts(9, 136));
    await events.truncate(alice, 150);
    expect(await read(events, alice, 0, 200)).toEqual(texts(150, 200));
    expect(await read(events, alice, 0, 160)).toEqual(texts(150, 160));
  });

  it("lets each commit be found wherever it stands: in the index, in both, in either tail", async () => {
    const place = await shortTailed();
    const { events } = await place.connect();
    for (let last = 1; last <= 40; last++) {
      await append(events, alice, last, last);
      expect(await history(events)).toEqual(texts(1, last));
      for (const after of numbers(0, last - 1)) {
        expect(await events.append(alice, after, bytes(`${after + 1}`))).toEqual({
          type: "committed",
          token: after + 1,
        });
        expect(await events.append(alice, after, bytes("another"))).toEqual({ type: "conflict" });
      }
    }
    for (const after of numbers(0, 38)) expect(await read(events, alice, after, 39)).toEqual(texts(after + 1, 39));
  });

  it("goes on where a process stopped in the middle of a merge", { timeout }, async () => {
    const place = await shortTailed();
    for (let last = 3; last <= 36; last += 3) {
      const { events } = await place.connect();
      expect(await history(events)).toEqual(texts(1, last - 3));
      await append(events, alice, last - 2, last);
      await append(events, { type: "account", id: `${last}` }, 1, 1);
      await place.closeAll();
      expect(await indexOf(place)).toMatchObject({ commits: last + last / 3 });
    }
    expect((await indexOf(place)).indexed).toBeGreaterThan(0);
    const listed = [];
    for await (const page of (await place.connect()).events.list()) listed.push(...page);
    expect(listed).toHaveLength(1 + 12);
  });

  it("loses with a truncate what the commits lose, however far a merge is", { timeout }, async () => {
    for (const last of numbers(8, 15)) {
      const place = await shortTailed();
      const { events } = await place.connect();
      await append(events, bob, 1, 2);
      await append(events, alice, 1, last);
      await events.truncate(alice, last - 3);
      expect(await indexOf(place)).toMatchObject({ commits: 2 + 4 });
      expect(await read(events, alice, last - 4, last)).toEqual(texts(last - 3, last));
      expect(await events.append(alice, last - 5, bytes(`${last - 4}`))).toEqual({ type: "conflict" });
      await append(events, bob, 3, 20);
      await events.truncate(alice, last + 5);
      expect(await indexOf(place)).toMatchObject({ commits: 20 + 1 });
      await place.closeAll();
      const { events: again } = await place.connect();
      expect(await read(again, alice, last - 1, last)).toEqual([`${last}`]);
      await append(again, alice, last + 1, last + 1);
      expect(await history(again, bob)).toEqual(texts(1, 20));
    }
  });

  it("truncates in portions what is in the index and in the tail", async () => {
    const place = await shortTailed();
    const { events } = await place.connect();
    const outcomes = numbers(1, 2_500).map((token) => events.append(alice, token - 1, bytes(`${token}`)));
    expect((await Promise.all(outcomes)).at(-1)).toEqual({ type: "committed", token: 2_500 });
    await events.truncate(alice, 2_491);
    expect(await indexOf(place)).toMatchObject({ commits: 10 });
    expect(await read(events, alice, 2_490, 2_500)).toEqual(texts(2_491, 2_500));
  });

  it("is as before when a transaction in the middle of a merge is undone", async () => {
    const place = await shortTailed();
    const { events } = await place.connect({ maxFileBytes: 1_048_576 });
    await append(events, bob, 1, 4);
    const carol = { type: "account", id: "carol" };
    for (let last = 1; last <= 60; last += 2) {
      await append(events, alice, last, last);
      const before = await indexOf(place);
      const tooLarge = new Uint8Array(1_048_576);
      expect(await events.append(carol, 0, tooLarge)).toMatchObject({ type: "rejected" });
      expect(await indexOf(place)).toEqual(before);
      // Together they are undone; then each is stored, or not, by itself.
      const next = events.append(alice, last, bytes(`${last + 1}`));
      const together = await Promise.all([next, events.append(carol, 0, tooLarge)]);
      expect(together.map(({ type }) => type)).toEqual(["committed", "rejected"]);
      expect(await history(events)).toEqual(texts(1, last + 1));
      expect(await history(events, bob)).toEqual(texts(1, 4));
    }
    expect((await indexOf(place)).indexed).toBeGreaterThan(20);
  });

  it("takes no room from what is to be stored or deleted, and has all once there is room", async () => {
    const place = await shortTailed();
    const { events } = await place.connect({ maxFileBytes: 1_048_576 });
    await append(events, bob, 1, 3);
    const fill =
      "CREATE TABLE filler (bytes); CREATE TRIGGER filling BEFORE INSERT ON commit_index WHEN NEW.number = 2 " +
      "BEGIN INSERT INTO filler VALUES (zeroblob(2000000)); END";
    await inspectFile(place.dataFile, (sqlite) => sqlite.exec(fill));
    await append(events, alice, 1, 20);
    await events.truncate(alice, 3);
    expect(await indexOf(place)).toEqual({ indexed: 0, positions: [], commits: 21 });
    expect(await read(events, alice, 2, 20)).toEqual(texts(3, 20));
    await inspectFile(place.dataFile, (sqlite) => sqlite.exec("DROP TRIGGER filling"));
    await append(events, alice, 21, 50);
    expect((await indexOf(place)).indexed).toBeGreaterThan(23);
    expect(await history(events, bob)).toEqual(texts(1, 3));
    expect(await read(events, alice, 2, 50)).toEqual(texts(3, 50));
  });
});
