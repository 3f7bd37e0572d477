// What was saved comes back: the newest, the one before, whole bytes, each actor's own, also after the store was closed.
import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import type { Token } from "../contracts/event-store.ts";
import type { SnapshotStore } from "../contracts/snapshot-store.ts";
import { alice, bob, bytesOf, hostileIds, save, saveAll, textOf, untilKnown } from "./probing.ts";
import type { CasePlace, Cases } from "./suite-case.ts";

type Place = CasePlace<SnapshotStore>;

const manySnapshots = 50;
const manyActors = 200;
/** More than a store may want to keep in one piece. */
const largeBytes = 8 * 1_048_576;

async function knowsNothing(store: SnapshotStore): Promise<void> {
  equal(await store.load(alice), undefined);
  equal(await store.load(alice, 5), undefined);
  await saveAll(store, bob, ["of bob"]);
  equal(await store.load(alice), undefined);
}

async function givesNewest(store: SnapshotStore): Promise<void> {
  for (const text of ["one", "two", "three"]) {
    const newest = await store.load(alice);
    equal((await save(store, alice, newest?.token ?? 0, text)).type, "committed");
    equal(textOf(await store.load(alice)), text);
  }
}

async function givesOlder(store: SnapshotStore): Promise<void> {
  const tokens = await saveAll(store, alice, ["one", "two", "three"]);
  const newest = await store.load(alice);
  equal([newest?.token, textOf(newest)], [tokens[2], "three"]);
  const older = await store.load(alice, newest?.token);
  equal([older?.token, textOf(older)], [tokens[1], "two"]);
}

async function givesNoneBeforeTheFirst(store: SnapshotStore): Promise<void> {
  const tokens = await saveAll(store, alice, ["one", "two"]);
  equal(await store.load(alice, tokens[0]), undefined);
  equal(textOf(await store.load(alice, (tokens[1] as Token) + 1)), "two");
}

/** However many were saved: two are left at least, in order, and the way back from one to the one before ends. */
async function keepsTwo(store: SnapshotStore): Promise<void> {
  const texts = Array.from({ length: manySnapshots }, (_, i) => `snapshot ${i}`);
  const tokens: Token[] = [];
  for (const text of texts) {
    const before = tokens.at(-1) ?? 0;
    const saved = await save(store, alice, before, text);
    ok(saved.type === "committed", JSON.stringify(saved));
    if (before > 0) equal((await store.load(alice, saved.token))?.token, before);
    tokens.push(saved.token);
  }
  const found: [Token, string | undefined][] = [];
  for (let at = await store.load(alice); at !== undefined; at = await store.load(alice, at.token)) {
    found.push([at.token, textOf(at)]);
    ok(found.length <= manySnapshots, "the way back does not end");
  }
  const newestFirst = texts.map((text, i) => [tokens[i], text]).toReversed();
  equal(found, newestFirst.slice(0, found.length));
}

async function keepsBytes(store: SnapshotStore): Promise<void> {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const first = await untilKnown(() => store.save(alice, 0, all));
  ok(first.type === "committed");
  equal([...((await store.load(alice))?.bytes ?? [])], [...all]);
  const view = all.subarray(10, 20);
  equal((await untilKnown(() => store.save(alice, first.token, view))).type, "committed");
  equal([...((await store.load(alice))?.bytes ?? [])], [...view]);
}

async function keepsLarge(store: SnapshotStore): Promise<void> {
  const size = Math.min(store.limits.maxSnapshotBytes, largeBytes);
  const large = Buffer.alloc(size);
  for (let i = 0; i + 4 <= size; i += 4) large.writeUInt32LE(i, i); // so that no piece looks like another
  const first = await untilKnown(() => store.save(alice, 0, large));
  ok(first.type === "committed", `of ${size} bytes: ${JSON.stringify(first)}`);
  equal((await save(store, alice, first.token, "small")).type, "committed");
  const loaded = await store.load(alice, (await store.load(alice))?.token);
  ok(Buffer.compare(loaded?.bytes ?? Buffer.alloc(0), large) === 0, `${loaded?.bytes.length} other bytes came back`);
}

async function keepsNoReference(store: SnapshotStore): Promise<void> {
  const bytes = bytesOf("as it was");
  equal((await untilKnown(() => store.save(alice, 0, bytes))).type, "committed");
  equal(Buffer.from(bytes).toString(), "as it was");
  bytes.fill(0);
  const loaded = await store.load(alice);
  equal(textOf(loaded), "as it was");
  loaded?.bytes.fill(0);
  equal(textOf(await store.load(alice)), "as it was");
}

async function keepsActorsApart(store: SnapshotStore): Promise<void> {
  const actors = [
    ...hostileIds.map((id) => ({ type: "account", id })),
    { type: "a", id: "b-c" },
    { type: "a-b", id: "c" },
    { type: "a_b", id: "c" },
    { type: "Account", id: "a" },
  ];
  for (const [i, actor] of actors.entries()) {
    equal(await store.load(actor), undefined, JSON.stringify(actor));
    await saveAll(store, actor, [`of ${i}`]);
  }
  for (const [i, actor] of actors.entries()) equal(textOf(await store.load(actor)), `of ${i}`, JSON.stringify(actor));
}

async function keepsMany(store: SnapshotStore, place: Place): Promise<void> {
  const stores = [store, await place.connect()] as const;
  const actors = Array.from({ length: manyActors }, (_, i) => ({ type: "account", id: `actor ${i}` }));
  await Promise.all(actors.map((actor, i) => saveAll(stores[i % 2 ? 1 : 0], actor, [`${i}`, `${i} again`])));
  const found = await Promise.all(actors.map((actor, i) => stores[i % 2 ? 0 : 1].load(actor)));
  equal(
    found.map(textOf),
    actors.map((_, i) => `${i} again`),
  );
}

async function survivesReopening(store: SnapshotStore, place: Place): Promise<void> {
  const tokens = await saveAll(store, alice, ["one", "two", "three"]);
  const reopened = await place.reopen();
  const newest = await reopened.load(alice);
  equal([newest?.token, textOf(newest)], [tokens[2], "three"]);
  equal(textOf(await reopened.load(alice, tokens[2])), "two");
  for (const after of [0, ...tokens.slice(0, 2)])
    equal((await save(reopened, alice, after, "zombie")).type, "conflict");
  const next = await save(reopened, alice, tokens[2] as Token, "four");
  ok(next.type === "committed" && next.token > (tokens[2] as Token), JSON.stringify(next));
}

async function closes(store: SnapshotStore, place: Place): Promise<void> {
  const other = await place.connect();
  await saveAll(store, alice, ["one"]);
  await store.close();
  await rejects(() => store.load(alice));
  await rejects(() => store.save(bob, 0, bytesOf("two")));
  equal(textOf(await other.load(alice)), "one");
}

export const loadCases: Cases<SnapshotStore> = {
  "knows no snapshot of an actor that has none": ["S1", knowsNothing],
  "gives the newest snapshot": ["S4", givesNewest],
  "gives the one before a snapshot": ["S5 S6", givesOlder],
  "gives none before the first": ["S2 S3", givesNoneBeforeTheFirst],
  "keeps the two newest of many snapshots": ["S7 S8 S9 S20", keepsTwo],
  "gives every byte back": ["S10", keepsBytes],
  "keeps large snapshots": ["S11", keepsLarge],
  "keeps and hands out no reference": ["S10", keepsNoReference],
  "keeps actors apart, whatever their ids look like": ["S1", keepsActorsApart],
  "keeps the snapshots of many actors": ["S4", keepsMany],
  "has its snapshots and their fence when it is opened again": ["S13", survivesReopening],
  "throws after it was closed, and other connections go on": ["S4", closes],
};
