// The contract of `SnapshotStore` as cases. A store keeps at least the two newest snapshots of an actor, so that there is
// one to fall back on.
import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import type { ActorKey, AppendOutcome, Token } from "../contracts/event-store.ts";
import type { SnapshotStore } from "../contracts/snapshot-store.ts";
import { alice, bob, bytesOf, hostileIds, textOf, untilKnown } from "./probing.ts";
import { bindCases, type EmptyPlace, type SuiteCase, type SuiteOptions } from "./suite-case.ts";

type Place = EmptyPlace<SnapshotStore>;

/** The cases that a store of snapshots has to pass. */
export function snapshotStoreSuite(options: SuiteOptions<SnapshotStore>): SuiteCase[] {
  return bindCases(options, cases);
}

const racers = 50;

function save(store: SnapshotStore, actor: ActorKey, after: Token, text: string): Promise<AppendOutcome> {
  return untilKnown(() => store.save(actor, after, bytesOf(text)));
}

async function saveAll(store: SnapshotStore, actor: ActorKey, texts: readonly string[]): Promise<Token[]> {
  const tokens: Token[] = [];
  for (const text of texts) {
    const outcome = await save(store, actor, tokens.at(-1) ?? 0, text);
    ok(outcome.type === "committed", `save of "${text}": ${JSON.stringify(outcome)}`);
    tokens.push(outcome.token);
  }
  return tokens;
}

async function knowsNothing(store: SnapshotStore): Promise<void> {
  equal(await store.load(alice), undefined);
  equal(await store.load(alice, 5), undefined);
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
  equal(await store.load(alice, tokens[0]), undefined);
}

async function fences(store: SnapshotStore): Promise<void> {
  const [first, second] = (await saveAll(store, alice, ["one", "two"])) as [Token, Token];
  for (const after of [0, first, second + 1]) equal((await save(store, alice, after, "zombie")).type, "conflict");
  equal(textOf(await store.load(alice)), "two");
  equal((await save(store, alice, second, "three")).type, "committed");
}

async function repeats(store: SnapshotStore): Promise<void> {
  const [first, second] = (await saveAll(store, alice, ["one", "two"])) as [Token, Token];
  equal(await save(store, alice, first, "two"), { type: "committed", token: second });
  equal(textOf(await store.load(alice, second)), "one");
}

async function letsOneWin(store: SnapshotStore, place: Place): Promise<void> {
  const stores = [store, await place.connect()];
  const texts = Array.from({ length: racers }, (_, i) => `racer ${i}`);
  const outcomes = await Promise.all(texts.map((text, i) => save(stores[i % 2] as SnapshotStore, alice, 0, text)));
  const winners = texts.filter((_, i) => outcomes[i]?.type === "committed");
  equal([winners.length, outcomes.filter(({ type }) => type === "conflict").length], [1, racers - 1]);
  equal(textOf(await store.load(alice)), winners[0]);
}

async function keepsNoReference(store: SnapshotStore): Promise<void> {
  const bytes = bytesOf("as it was");
  equal((await untilKnown(() => store.save(alice, 0, bytes))).type, "committed");
  bytes.fill(0);
  const loaded = await store.load(alice);
  equal(textOf(loaded), "as it was");
  loaded?.bytes.fill(0);
  equal(textOf(await store.load(alice)), "as it was");
}

async function keepsActorsApart(store: SnapshotStore): Promise<void> {
  const actors = hostileIds.map((id) => ({ type: "account", id }));
  for (const [i, actor] of actors.entries()) {
    equal(await store.load(actor), undefined, JSON.stringify(actor));
    await saveAll(store, actor, [`of ${i}`]);
  }
  for (const [i, actor] of actors.entries()) equal(textOf(await store.load(actor)), `of ${i}`, JSON.stringify(actor));
}

async function limitsSize(store: SnapshotStore): Promise<void> {
  const refused = await store.save(alice, 0, new Uint8Array(store.limits.maxSnapshotBytes + 1));
  ok(refused.type === "rejected" && refused.reason !== "", JSON.stringify(refused));
  equal(await store.load(alice), undefined);
}

async function closes(store: SnapshotStore, place: Place): Promise<void> {
  const other = await place.connect();
  await saveAll(store, alice, ["one"]);
  await store.close();
  await rejects(() => store.load(alice));
  await rejects(() => store.save(bob, 0, bytesOf("two")));
  equal(textOf(await other.load(alice)), "one");
}

const cases: Readonly<Record<string, (store: SnapshotStore, place: Place) => Promise<void>>> = {
  "knows no snapshot of an actor that has none": knowsNothing,
  "gives the newest snapshot": givesNewest,
  "gives the one before a snapshot": givesOlder,
  "refuses to save behind a snapshot that is not the newest": fences,
  "answers a repeated save with the token of the first": repeats,
  "lets exactly one of 50 win that save at once": letsOneWin,
  "keeps and hands out no reference": keepsNoReference,
  "keeps actors apart, whatever their ids look like": keepsActorsApart,
  "rejects a snapshot over its limit and saves nothing": limitsSize,
  "throws after it was closed, and other connections go on": closes,
};
