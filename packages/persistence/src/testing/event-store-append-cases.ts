// The fence and the four outcomes: who may append where, and what a repeat of the same call is told.
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { ActorKey, AppendOutcome, EventStore, Token } from "../contracts/event-store.ts";
import { alice, bob, bytesOf, commit, commitAll, history, textOf, untilKnown } from "./probing.ts";
import type { EmptyPlace } from "./suite-case.ts";

type Place = EmptyPlace<EventStore>;

const rounds = 10;
const racers = 50;

function append(store: EventStore, actor: ActorKey, after: Token, text: string): Promise<AppendOutcome> {
  return untilKnown(() => store.append(actor, after, bytesOf(text)));
}

async function fencesFirst(store: EventStore): Promise<void> {
  await commit(store, alice, 0, "one");
  equal((await append(store, alice, 0, "other")).type, "conflict");
}

async function fencesStale(store: EventStore): Promise<void> {
  const [first] = (await commitAll(store, alice, ["one", "two"])) as [Token];
  equal((await append(store, alice, first, "other")).type, "conflict");
}

async function fencesFuture(store: EventStore): Promise<void> {
  equal((await append(store, alice, 1, "out of nothing")).type, "conflict");
  const token = await commit(store, alice, 0, "one");
  equal((await append(store, alice, token + 1, "next")).type, "conflict");
  equal((await append(store, alice, token + 1_000, "later")).type, "conflict");
  equal(await history(store, alice), ["one"]);
}

async function fencesForeign(store: EventStore): Promise<void> {
  const [, second] = (await commitAll(store, bob, ["one", "two"])) as [Token, Token];
  equal((await append(store, alice, second, "behind another actor's")).type, "conflict");
  equal(await store.head(alice), undefined);
}

async function letsOneWin(store: EventStore, place: Place): Promise<void> {
  const stores = [store, await place.connect()];
  let after: Token = 0;
  for (let round = 1; round <= rounds; round++) {
    const texts = Array.from({ length: racers }, (_, i) => `round ${round}, racer ${i}`);
    const tries = texts.map((text, i) => append(stores[i % 2] as EventStore, alice, after, text));
    const outcomes = await Promise.all(tries);
    const winners = texts.filter((_, i) => outcomes[i]?.type === "committed");
    equal([winners.length, outcomes.filter(({ type }) => type === "conflict").length], [1, racers - 1]);
    const head = await store.head(alice);
    equal(textOf(head), winners[0]);
    after = head?.token ?? 0;
  }
  equal((await history(store, alice)).length, rounds);
}

async function failsClean(store: EventStore): Promise<void> {
  const tokens = await commitAll(store, alice, ["one", "two"]);
  for (const after of [0, tokens[0] as Token, (tokens[1] as Token) + 1]) await append(store, alice, after, "refused");
  const head = await store.head(alice);
  equal([head?.token, textOf(head)], [tokens[1], "two"]);
  equal(await history(store, alice), ["one", "two"]);
  await commit(store, alice, tokens[1] as Token, "three");
}

async function repeats(store: EventStore): Promise<void> {
  const tokens = await commitAll(store, alice, ["one", "two"]);
  equal(await append(store, alice, tokens[0] as Token, "two"), { type: "committed", token: tokens[1] });
  equal(await append(store, alice, tokens[0] as Token, "two"), { type: "committed", token: tokens[1] });
  equal(await history(store, alice), ["one", "two"]);
}

async function repeatsFirst(store: EventStore): Promise<void> {
  const token = await commit(store, alice, 0, "one");
  equal(await append(store, alice, 0, "one"), { type: "committed", token });
  equal(await history(store, alice), ["one"]);
}

async function repeatsUnderForeign(store: EventStore, place: Place): Promise<void> {
  const other = await place.connect();
  const ours = await commit(store, alice, 0, "ours");
  const foreign = await commit(other, alice, ours, "foreign");
  await commit(other, alice, foreign, "foreign again");
  equal(await append(store, alice, 0, "ours"), { type: "committed", token: ours });
  equal(await append(store, alice, ours, "ours, the next"), { type: "conflict" });
  equal(await history(store, alice), ["ours", "foreign", "foreign again"]);
}

async function comparesThePlace(store: EventStore): Promise<void> {
  const tokens = await commitAll(store, alice, ["one", "two", "three"]);
  equal((await append(store, alice, 0, "two")).type, "conflict");
  equal((await append(store, alice, 0, "three")).type, "conflict");
  equal((await append(store, alice, tokens[0] as Token, "one")).type, "conflict");
  equal(await history(store, alice), ["one", "two", "three"]);
}

async function storesEqualBytesTwice(store: EventStore): Promise<void> {
  const tokens = await commitAll(store, alice, ["same", "same", "same"]);
  equal(new Set(tokens).size, 3);
  await commit(store, bob, 0, "same");
  equal([await history(store, alice), await history(store, bob)], [["same", "same", "same"], ["same"]]);
}

async function storesSmall(store: EventStore): Promise<void> {
  const [first, second] = (await commitAll(store, alice, ["{}", "0"])) as [Token, Token];
  ok(second > first);
  equal((await append(store, alice, first, "late")).type, "conflict");
}

async function limitsSize(store: EventStore): Promise<void> {
  const { maxCommitBytes } = store.limits;
  const largest = new Uint8Array(maxCommitBytes).fill(65);
  const token = await commit(store, alice, 0, "one");
  const refused = await store.append(alice, token, new Uint8Array(maxCommitBytes + 1));
  ok(refused.type === "rejected" && refused.reason !== "", JSON.stringify(refused));
  equal(await history(store, alice), ["one"]);
  const taken = await untilKnown(() => store.append(alice, token, largest));
  equal(taken.type, "committed");
  equal((await store.head(alice))?.bytes.length, maxCommitBytes);
}

export const appendCases: Readonly<Record<string, (store: EventStore, place: Place) => Promise<void>>> = {
  "refuses a second first commit": fencesFirst,
  "refuses to append behind a commit that is not the last": fencesStale,
  "refuses to append behind a commit that does not exist": fencesFuture,
  "refuses to append behind another actor's commit": fencesForeign,
  "lets exactly one of 50 win that append at once": letsOneWin,
  "leaves everything as it was when an append fails": failsClean,
  "answers a repeated append with the token of the first": repeats,
  "answers a repeated first append with the token of the first": repeatsFirst,
  "recognises a repeated append under foreign commits": repeatsUnderForeign,
  "takes an append for a repeat only where it stands": comparesThePlace,
  "stores equal bytes again behind another token, and for another actor": storesEqualBytesTwice,
  "stores the smallest commits and moves the fence": storesSmall,
  "rejects a commit over its limit and takes one of exactly the limit": limitsSize,
};
