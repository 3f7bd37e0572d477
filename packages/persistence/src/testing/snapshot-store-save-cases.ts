// The fence of snapshots: who may save where, and what a repeat of the same save is told.
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { AppendOutcome, Token } from "../contracts/event-store.ts";
import type { SnapshotStore } from "../contracts/snapshot-store.ts";
import { alice, bob, bytesOf, save, saveAll, textOf } from "./probing.ts";
import type { CasePlace, Cases } from "./suite-case.ts";

type Place = CasePlace<SnapshotStore>;

const racers = 50;
const rounds = 20;

async function fences(store: SnapshotStore): Promise<void> {
  equal((await save(store, alice, 7, "out of nothing")).type, "conflict");
  const [first, second] = (await saveAll(store, alice, ["one", "two"])) as [Token, Token];
  for (const after of [0, first, second + 1]) equal((await save(store, alice, after, "zombie")).type, "conflict");
  const newest = await store.load(alice);
  equal([newest?.token, textOf(newest)], [second, "two"]);
  equal(textOf(await store.load(alice, second)), "one");
  equal((await save(store, alice, second, "three")).type, "committed");
}

async function fencesEachActor(store: SnapshotStore): Promise<void> {
  const [, second] = (await saveAll(store, bob, ["one", "two"])) as [Token, Token];
  equal((await save(store, alice, second, "behind another actor's")).type, "conflict");
  equal(await store.load(alice), undefined);
  await saveAll(store, alice, ["one"]);
  equal((await save(store, bob, second, "three")).type, "committed");
}

async function growsTokens(store: SnapshotStore): Promise<void> {
  const tokens = await saveAll(store, alice, ["one", "two", "three", "four", "five"]);
  ok(
    tokens.every((token, i) => Number.isSafeInteger(token) && token > (tokens[i - 1] ?? 0)),
    String(tokens),
  );
}

async function repeats(store: SnapshotStore): Promise<void> {
  const [first, second] = (await saveAll(store, alice, ["one", "two"])) as [Token, Token];
  equal(await save(store, alice, first, "two"), { type: "committed", token: second });
  equal(await save(store, alice, first, "two"), { type: "committed", token: second });
  equal(textOf(await store.load(alice, second)), "one");
}

async function savesEqualBytes(store: SnapshotStore): Promise<void> {
  const tokens = await saveAll(store, alice, ["same", "same"]);
  equal(new Set(tokens).size, 2);
  equal((await store.load(alice))?.token, tokens[1]);
  equal((await store.load(alice, tokens[1]))?.token, tokens[0]);
}

async function letsOneWin(store: SnapshotStore, place: Place): Promise<void> {
  const stores = [store, await place.connect()];
  let after: Token = 0;
  for (let round = 1; round <= rounds; round++) {
    const texts = Array.from({ length: racers }, (_, i) => `round ${round}, racer ${i}`);
    const outcomes = await Promise.all(
      texts.map((text, i) => save(stores[i % 2] as SnapshotStore, alice, after, text)),
    );
    const winners = texts.filter((_, i) => outcomes[i]?.type === "committed");
    equal([winners.length, outcomes.filter(({ type }) => type === "conflict").length], [1, racers - 1]);
    const newest = await store.load(alice);
    equal(textOf(newest), winners[0]);
    after = newest?.token ?? 0;
  }
}

/** As the runtime does it: who is refused looks what stands there, and saves behind it only what is newer. */
async function letsTheNewerStand(store: SnapshotStore, place: Place): Promise<void> {
  const other = await place.connect();
  let after: Token = 0;
  const saveIfNewer = async (from: SnapshotStore, version: number): Promise<void> => {
    const outcome: AppendOutcome = await save(from, alice, after, String(version));
    if (outcome.type !== "conflict") return;
    const newest = await from.load(alice);
    if (Number(textOf(newest)) < version) await save(from, alice, newest?.token ?? 0, String(version));
  };
  for (let round = 0; round < rounds; round++) {
    const [older, newer] = [round * 10 + 5, round * 10 + 7];
    const [first, second] = round % 2 === 0 ? [older, newer] : [newer, older];
    await Promise.all([saveIfNewer(store, first), saveIfNewer(other, second)]);
    const newest = await store.load(alice);
    equal(textOf(newest), String(newer));
    after = newest?.token ?? 0;
  }
}

async function limitsSize(store: SnapshotStore): Promise<void> {
  const [first] = (await saveAll(store, alice, ["one"])) as [Token];
  const refused = await store.save(alice, first, new Uint8Array(store.limits.maxSnapshotBytes + 1));
  ok(refused.type === "rejected" && refused.reason !== "", JSON.stringify(refused));
  equal(textOf(await store.load(alice)), "one");
  equal((await save(store, alice, first, "two")).type, "committed");
}

async function settlesAtClose(store: SnapshotStore, place: Place): Promise<void> {
  const other = await place.connect();
  const actors = Array.from({ length: racers }, (_, i) => ({ type: "account", id: `writer ${i}` }));
  const settled = Promise.allSettled(actors.map(async (actor) => store.save(actor, 0, bytesOf("one"))));
  await place.within(store.close(), "close() during saves");
  const outcomes = await place.within(settled, "saves during close()");
  for (const [i, actor] of actors.entries()) {
    const outcome = outcomes[i] as PromiseSettledResult<AppendOutcome>;
    if (outcome.status === "rejected") continue;
    equal(outcome.value, { type: "committed", token: (await other.load(actor))?.token });
  }
}

export const saveCases: Cases<SnapshotStore> = {
  "refuses to save behind a snapshot that is not the newest": ["S12", fences],
  "has a fence for each actor": ["S12", fencesEachActor],
  "numbers an actor's snapshots with growing tokens above 0": ["S4", growsTokens],
  "answers a repeated save with the token of the first": ["S10", repeats],
  "saves equal bytes again behind another token": ["S10", savesEqualBytes],
  "lets exactly one of 50 win that save at once": ["S12", letsOneWin],
  "lets the newer of two stand that are saved at once": ["S12", letsTheNewerStand],
  "rejects a snapshot over its limit and saves nothing": ["S11", limitsSize],
  "settles every save that is under way when it is closed": ["S13", settlesAtClose],
};
