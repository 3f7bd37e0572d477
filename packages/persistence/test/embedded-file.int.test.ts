// What the embedded store promises beyond the contract: its file, its lock, its thread.
import { createSystem } from "@aether/actor";
import { persistence, StoreClosed, StoreFailed, StoreFormatUnknown, StoreInUse } from "@aether/persistence";
import { embedded } from "@aether/persistence/embedded";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Sqlite } from "../src/embedded/sqlite.ts";
import { Account } from "./account.ts";
import { alice, bytes, type EmbeddedPlace, emptyPlace, history, inspectFile, startChild } from "./embedded-places.ts";

let place: EmbeddedPlace;
beforeEach(async () => {
  place = await emptyPlace();
});
afterEach(() => place.dispose());

const inspect = <T>(work: (sqlite: Sqlite) => T, file: string = place.dataFile): Promise<T> => inspectFile(file, work);

describe("the file of an embedded store", () => {
  it("is readable with SQLite's own tools while the store writes, commits as text", async () => {
    const { events } = await place.connect();
    await events.append(alice, 0, bytes('{"n":1}'));
    await events.append(alice, 1, Uint8Array.of(0xff, 0, 1));
    const look =
      "SELECT position, type, id, number, \"commit\" ->> '$.n' AS n FROM history WHERE typeof(\"commit\") = 'text'";
    expect(await inspect((sqlite) => [...sqlite.prepare(look).iterate()])).toMatchObject([
      { position: 1, type: "account", id: "alice", number: 1, n: 1 },
    ]);
    await events.append(alice, 2, bytes("three"));
    expect(await inspect((sqlite) => sqlite.prepare("PRAGMA integrity_check").get())).toMatchObject({
      integrity_check: "ok",
    });
  });

  it("gives texts back to the byte, wherever they are read from", async () => {
    const texts = ["", "\uFEFFmark first", "\u{1F600} \u00e9 \u20ac", "x".repeat(70_000), '{"a":"\u2028"}', "tail"];
    const { events } = await place.connect();
    for (const [i, text] of texts.entries()) await events.append(alice, i, bytes(text));
    expect(await history(events)).toEqual(texts);
    await place.closeAll();
    expect(await history((await place.connect()).events)).toEqual(texts);
  });

  it("never gives a position or a token twice, also after a truncate and a restart", async () => {
    const { events } = await place.connect();
    for (let token = 0; token < 5; token++) await events.append(alice, token, bytes(`${token}`));
    await events.append({ type: "account", id: "bob" }, 0, bytes("the last of all"));
    await events.truncate(alice, 6);
    await place.closeAll();
    await inspect((sqlite) => sqlite.exec("DELETE FROM commits WHERE actor = 2"));
    const { events: again } = await place.connect();
    expect(await again.append(alice, 5, bytes("next"))).toEqual({ type: "committed", token: 6 });
    const look = "SELECT position, number FROM commits ORDER BY position";
    expect(await inspect((sqlite) => [...sqlite.prepare(look).iterate()])).toMatchObject([
      { position: 5, number: 5 },
      { position: 7, number: 6 },
    ]);
  });

  it("is refused, and left as it is, when other code or something else wrote it", async () => {
    await place.connect();
    await place.closeAll();
    for (const version of [1, 7]) {
      await inspect((sqlite) => sqlite.exec(`PRAGMA user_version = ${version}`));
      await expect(place.connect()).rejects.toThrow(StoreFormatUnknown);
      await expect(place.connect()).rejects.toThrow(`its format is ${version}, this code knows 2`);
    }

    const open = (systemName: string) =>
      embedded({ directory: place.directory }).open({ systemName, warn: () => undefined });
    await inspect((sqlite) => sqlite.exec("CREATE TABLE t (x)"), join(place.directory, "foreign.sqlite"));
    await expect(open("foreign")).rejects.toThrow("not a file of this store");
    await writeFile(join(place.directory, "text.sqlite"), "no database".repeat(1_000));
    await expect(open("text")).rejects.toThrow(StoreFormatUnknown);
  });

  it("keeps the configured number of snapshots", async () => {
    const { snapshots } = await place.connect({ snapshotsKept: 3 });
    for (let token = 0; token < 5; token++) await snapshots.save(alice, token, bytes(`${token + 1}`));
    expect(await inspect((sqlite) => [...sqlite.prepare("SELECT bytes FROM snapshots").iterate()])).toMatchObject(
      ["3", "4", "5"].map((text) => ({ bytes: text })),
    );
  });

  it("rejects what no longer fits, keeps what it has, and goes on with what does", async () => {
    const { events, snapshots } = await place.connect({ maxFileBytes: 1_048_576 });
    const large = new Uint8Array(300_000).fill(65);
    let token = 0;
    let outcome = await events.append(alice, token, large);
    for (; outcome.type === "committed"; outcome = await events.append(alice, token, large)) token = outcome.token;
    expect(outcome).toEqual({ type: "rejected", reason: expect.stringContaining("full") as string });
    expect(token).toBe(3);
    const together = await Promise.all([
      events.append(alice, token - 1, large),
      events.append({ type: "account", id: "bob" }, 0, large),
      events.append(alice, token - 1, bytes("other")),
      snapshots.save(alice, 0, large),
    ]);
    expect(together.map(({ type }) => type)).toEqual(["committed", "rejected", "conflict", "rejected"]);
    expect((await events.head(alice))?.token).toBe(token);
    expect(await events.head({ type: "account", id: "bob" })).toBeUndefined();
    expect(await events.append(alice, token, bytes("small"))).toEqual({ type: "committed", token: token + 1 });
  });
});

describe("an embedded store that is full", () => {
  it("keeps commits that fit beside a snapshot and a commit that do not", async () => {
    const { events, snapshots } = await place.connect({ maxFileBytes: 1_048_576 });
    const bob = { type: "account", id: "bob" };
    const large = new Uint8Array(1_000_000).fill(65);
    const together = await Promise.all([
      snapshots.save(alice, 0, new Uint8Array(2_000_000).fill(65)),
      events.append(bob, 0, new Uint8Array(1_048_000).fill(65)),
      events.append(alice, 0, bytes("fits")),
    ]);
    expect(together.map(({ type }) => type)).toEqual(["rejected", "rejected", "committed"]);
    expect(await events.append(bob, 0, large.subarray(0, 100))).toMatchObject({ type: "committed" });
  });

  it("makes room by a truncate that comes with what does not fit", async () => {
    const { events } = await place.connect({ maxFileBytes: 1_048_576 });
    const large = new Uint8Array(300_000).fill(65);
    for (let token = 0; token < 3; token++) await events.append(alice, token, large);
    const bob = { type: "account", id: "bob" };
    const [truncated, appended] = await Promise.all([events.truncate(alice, 3), events.append(bob, 0, large)]);
    expect([truncated, appended.type]).toEqual([undefined, "committed"]);
    expect(await events.head(alice)).toMatchObject({ token: 3 });
  });
});

describe("the lock of an embedded store", () => {
  it("refuses another process by name, and goes with a process that is killed", async () => {
    await using child = startChild("hold", place.directory);
    await child.printed(1);
    await expect(place.connect()).rejects.toThrow(StoreInUse);
    await expect(place.connect()).rejects.toThrow(place.directory);
    await child.kill();
    expect(existsSync(join(place.directory, "place.lock"))).toBe(true);
    const { events } = await place.connect();
    expect(await events.append(alice, 0, bytes("mine"))).toMatchObject({ type: "committed" });
  });
});

describe("the thread of an embedded store", () => {
  it("is one for all connections of a process, and ends with the last", async () => {
    const first = await place.connect();
    const second = await place.connect();
    await first.close?.();
    await expect(first.events.head(alice)).rejects.toThrow(StoreClosed);
    expect(await second.events.append(alice, 0, bytes("one"))).toMatchObject({ type: "committed" });
    await second.close?.();
    expect(existsSync(`${place.dataFile}-wal`)).toBe(false);
  });

  it("settles what waits when it is closed, and can be opened again at once", async () => {
    const stores = await place.connect();
    const { events } = stores;
    const actors = Array.from({ length: 100 }, (_, i) => ({ type: "account", id: `${i}` }));
    const appends = Promise.all(actors.map((actor) => events.append(actor, 0, bytes("one"))));
    const [again] = await Promise.all([stores.close?.().then(() => place.connect()), place.connect()]);
    expect((await appends).every(({ type }) => type === "committed")).toBe(true);
    for (const actor of actors) expect(await history(again?.events as typeof events, actor)).toEqual(["one"]);
  });

  it("makes everything unknown when it fails, refuses what comes, and works when opened anew", async () => {
    const stores = await place.connect();
    const { events } = stores;
    await events.append(alice, 0, bytes("one"));
    await inspect((sqlite) =>
      sqlite.exec("CREATE TRIGGER broken BEFORE INSERT ON commits BEGIN SELECT RAISE(ABORT, 'disk on fire'); END"),
    );
    const both = await Promise.allSettled([
      events.append(alice, 1, bytes("two")),
      events.append(alice, 0, bytes("one")),
    ]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(events.append(alice, 1, bytes("two"))).rejects.toThrow(StoreFailed);
    await expect(events.append(alice, 1, bytes("two"))).rejects.toThrow("disk on fire");
    await expect(events.head(alice)).rejects.toMatchObject({ code: "PERSISTENCE_STORE_FAILED" });
    await stores.close?.();

    await inspect((sqlite) => sqlite.exec("DROP TRIGGER broken"));
    const { events: again } = await place.connect();
    expect(await again.append(alice, 0, bytes("one"))).toEqual({ type: "committed", token: 1 });
    expect(await again.append(alice, 1, bytes("two"))).toEqual({ type: "committed", token: 2 });
    expect(await history(again)).toEqual(["one", "two"]);
  });
});

describe("a follower of an embedded store", () => {
  it("that throws is warned of, and costs neither the append nor the end of the thread", async () => {
    const warnings: string[] = [];
    const warn = (message: string) => warnings.push(message);
    const stores = await embedded({ directory: place.directory }).open({ systemName: "place", warn });
    await stores.events.follow?.(() => {
      throw new Error("its own");
    });
    expect(await stores.events.append(alice, 0, bytes("one"))).toMatchObject({ type: "committed" });
    await stores.close?.();
    expect(warnings).toEqual(["A follower of stored events threw: Error: its own"]);
  });
});

describe("a system on an embedded store", () => {
  it("has its actors back after a restart", async () => {
    const run = async <T>(work: (account: ReturnType<typeof ref>) => Promise<T>): Promise<T> => {
      const plugins = [persistence({ store: embedded({ directory: place.directory }) })];
      await using system = await createSystem({ name: "bank", actors: [Account], plugins, log: false });
      return await work(ref(system));
    };
    const ref = (system: Awaited<ReturnType<typeof createSystem>>) => system.ref(Account, "alice");
    expect(await run(async ({ ask }) => Promise.all([ask.deposit(10), ask.deposit(5)]))).toEqual([10, 15]);
    expect(await run(async ({ ask }) => ask.withdraw(1))).toBe(14);
    expect(await run(async ({ ask }) => ask.look())).toEqual({ balance: 14, entries: [10, 5, -1] });
  });
});

it("refuses wrong options before anything is opened", () => {
  const wrong = (options: object) => () => embedded(options as Parameters<typeof embedded>[0]);
  expect(wrong({})).toThrow("directory is missing");
  expect(wrong({ directory: "x", dir: "y" })).toThrow('unknown option "dir"');
  expect(wrong({ directory: "x", snapshotsKept: 1 })).toThrow("snapshotsKept is 1; use 2 to 64");
  expect(wrong({ directory: "x", maxFileBytes: 5 })).toThrow("maxFileBytes is 5");
});
