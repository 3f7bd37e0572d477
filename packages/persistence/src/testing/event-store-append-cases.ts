// The fence and the four outcomes: who may append where, and what a repeat of the same call is told.
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { ActorKey, AppendOutcome, EventStore, Token } from "../contracts/event-store.ts";
import { alice, bob, bytesOf, commit, commitAll, history, textOf, untilKnown } from "./probing.ts";
import type { CasePlace, Cases } from "./suite-case.ts";

type Place = CasePlace<EventStore>;

const rounds = 100;
const racers = 50;
const neighbours = 200;
/** More than a window of recent ones is likely to hold. */
const manyCommits = 300;

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

async function movesOn(store: EventStore, place: Place): Promise<void> {
  const other = await place.connect();
  const first = await commit(store, alice, 0, "one");
  const foreign = await commit(other, alice, first, "foreign");
  equal((await append(store, alice, first, "ours")).type, "conflict");
  const token = await commit(store, alice, foreign, "ours");
  equal(await append(store, alice, foreign, "ours"), { type: "committed", token });
  equal(await history(store, alice), ["one", "foreign", "ours"]);
}

/** There is no window behind which a repeat counts as new. */
async function repeatsLate(store: EventStore): Promise<void> {
  const texts = Array.from({ length: manyCommits }, (_, i) => `commit ${i}`);
  const tokens = await commitAll(store, alice, texts);
  for (const i of [0, 2, manyCommits - 2]) {
    const after = tokens[i - 1] ?? 0;
    equal(await append(store, alice, after, texts[i] as string), { type: "committed", token: tokens[i] });
    equal((await append(store, alice, after, "another")).type, "conflict");
  }
  equal((await history(store, alice)).length, manyCommits);
}

/** What a store puts together into one write stays apart in its answers. */
async function sparesNeighbours(store: EventStore, place: Place): Promise<void> {
  const stores = [store, await place.connect()] as const;
  const actors = Array.from({ length: neighbours }, (_, i) => ({ type: "account", id: `neighbour ${i}` }));
  const firsts = await Promise.all(actors.map((actor, i) => commit(stores[i % 2 ? 1 : 0], actor, 0, "one")));
  const outcomes = await Promise.all(
    actors.map((actor, i) => {
      const from = stores[i % 2 ? 1 : 0];
      if (i % 3 === 0) return append(from, actor, 0, "stale");
      if (i % 7 === 0) return from.append(actor, firsts[i] as Token, new Uint8Array(from.limits.maxCommitBytes + 1));
      return append(from, actor, firsts[i] as Token, "two");
    }),
  );
  for (const [i, actor] of actors.entries()) {
    const expected = i % 3 === 0 ? "conflict" : i % 7 === 0 ? "rejected" : "committed";
    equal([i, outcomes[i]?.type], [i, expected]);
    equal(await history(store, actor), expected === "committed" ? ["one", "two"] : ["one"]);
  }
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

export const appendCases: Cases<EventStore> = {
  "refuses a second first commit": ["E24", fencesFirst],
  "refuses to append behind a commit that is not the last": ["E22", fencesStale],
  "refuses to append behind a commit that does not exist": ["E23", fencesFuture],
  "refuses to append behind another actor's commit": ["E23", fencesForeign],
  "lets exactly one of 50 win that append at once": ["E25 E26", letsOneWin],
  "leaves everything as it was when an append fails": ["E27", failsClean],
  "answers a repeated append with the token of the first": ["E29", repeats],
  "answers a repeated first append with the token of the first": ["E29", repeatsFirst],
  "recognises a repeated append under foreign commits": ["E29", repeatsUnderForeign],
  "recognises a repeated append however many came behind it": ["E29 E32", repeatsLate],
  "takes an append for a repeat only where it stands": ["E30", comparesThePlace],
  "takes what was refused behind the new head, once": ["E33", movesOn],
  "stores equal bytes again behind another token, and for another actor": ["E31", storesEqualBytesTwice],
  "stores the smallest commits and moves the fence": ["E28", storesSmall],
  "rejects a commit over its limit and takes one of exactly the limit": ["E19 E36", limitsSize],
  "answers each of many appends at once for itself": ["E27", sparesNeighbours],
};
