// An embedded store that several systems of one process have open: one file, and a fence between them.
import { type ActorSystem, createSystem } from "@aether/actor";
import { persistence, StoreMisconfigured } from "@aether/persistence";
import { embedded } from "@aether/persistence/embedded";
import { rm, symlink } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { Account } from "./account.ts";
import { alice, bytes, type EmbeddedPlace, emptyPlace } from "./embedded-places.ts";

let place: EmbeddedPlace;
beforeEach(async () => {
  place = await emptyPlace();
});
afterEach(() => place.dispose());

function open(): Promise<ActorSystem> {
  const plugins = [persistence({ store: embedded({ directory: place.directory }) })];
  return createSystem({ name: "place", actors: [Account], plugins, log: false });
}

/** By a system that is gone then. */
async function depositOnce(): Promise<void> {
  await using system = await open();
  await system.ref(Account, "alice").ask.deposit(1);
}

describe("a second opening of an embedded store in one process", () => {
  it("is the same file by whatever path it is reached", async () => {
    const { events } = await place.connect();
    const linked = `${place.directory}-link`;
    await symlink(place.directory, linked);
    onTestFinished(() => rm(linked));
    const again = await embedded({ directory: linked }).open({ systemName: "place", warn: () => undefined });
    await events.append(alice, 0, bytes("one"));
    expect((await again.events.head(alice))?.token).toBe(1);
    await again.close?.();
  });

  it("is refused with another maxFileBytes, which could not hold for it alone", async () => {
    await place.connect({ maxFileBytes: 1_048_576 });
    for (const options of [{}, { maxFileBytes: 2_097_152 }]) {
      await expect(place.connect(options)).rejects.toThrow(StoreMisconfigured);
      await expect(place.connect(options)).rejects.toThrow('"maxFileBytes" is 1048576');
    }
    const other = await place.connect({ maxFileBytes: 1_048_576, snapshotsKept: 3 });
    expect(await other.snapshots.save(alice, 0, new Uint8Array(2_000_000))).toMatchObject({ type: "rejected" });
    await place.closeAll();
    await place.connect();
  });
});

describe("a head that was there when the file was opened", () => {
  it("says that its writer is gone, and one that was stored since then does not", async () => {
    const { events } = await place.connect();
    await events.append(alice, 0, bytes("one"));
    expect((await events.head(alice))?.isOrphaned).toBe(false);
    await place.closeAll();
    const { events: again } = await place.connect();
    expect((await again.head(alice))?.isOrphaned).toBe(true);
    await again.append(alice, 1, bytes("two"));
    expect((await again.head(alice))?.isOrphaned).toBe(false);
  });

  it("never says so again once a second system of the process had the file open, not even when that is gone", async () => {
    const { events } = await place.connect();
    await events.append(alice, 0, bytes("one"));
    await place.closeAll();
    const [first, second] = [await place.connect(), await place.connect()];
    expect((await first.events.head(alice))?.isOrphaned).toBe(false);
    expect((await second.events.head(alice))?.isOrphaned).toBe(false);
    await second.close?.();
    expect((await first.events.head(alice))?.isOrphaned).toBe(false);
    await place.closeAll();
    expect((await (await place.connect()).events.head(alice))?.isOrphaned).toBe(true);
  });

  it("does not say so to a second system of the process, whatever the first has under way", async () => {
    const { events } = await place.connect();
    await events.append(alice, 0, bytes("one"));
    await place.closeAll();
    const first = await place.connect();
    const [asked, second] = await Promise.all([first.events.head(alice), place.connect()]);
    const late = first.events.append(alice, 1, bytes("late"));
    expect([asked?.token, (await second.events.head(alice))?.isOrphaned]).toEqual([1, false]);
    expect(await late).toMatchObject({ type: "committed" });
  });

  it.each([
    ["opened first", 0, 1],
    ["opened last", 1, 0],
  ])("lets two systems of one process fence each other; the one that %s recovers first", async (_, i, j) => {
    await depositOnce();
    await using one = await open();
    await using two = await open();
    const systems = [one, two];
    const [zombie, owner] = [systems[i]!, systems[j]!];
    for (const system of [zombie, owner]) expect((await system.ref(Account, "alice").ask.look()).balance).toBe(1);
    expect(await zombie.ref(Account, "alice").ask.deposit(1)).toBe(2);
    expect(zombie.use(persistence).metrics().conflicts).toBe(1);
    expect(await owner.ref(Account, "alice").ask.deposit(1)).toBe(3);
  });

  it("lets a system that comes later fence one that recovered while it was alone", async () => {
    await depositOnce();
    await using zombie = await open();
    expect((await zombie.ref(Account, "alice").ask.look()).balance).toBe(1);
    await using owner = await open();
    expect((await owner.ref(Account, "alice").ask.look()).balance).toBe(1);
    expect(await zombie.ref(Account, "alice").ask.deposit(1)).toBe(2);
    expect(zombie.use(persistence).metrics().conflicts).toBe(1);
  });

  it("spares the takeover after a restart, and not beside a system that runs", async () => {
    const commitsSince = async (token: number): Promise<number> => {
      const { events } = await place.connect();
      return ((await events.head({ type: "account", id: "alice" }))?.token ?? 0) - token;
    };
    {
      await using system = await open();
      await system.ref(Account, "alice").ask.deposit(5);
    }
    {
      await using system = await open();
      expect(await system.ref(Account, "alice").ask.deposit(5)).toBe(10);
      expect(await commitsSince(1)).toBe(1);
      await using beside = await open();
      expect(await beside.ref(Account, "alice").ask.deposit(5)).toBe(15);
      expect(await commitsSince(2)).toBe(2);
    }
  });
});
