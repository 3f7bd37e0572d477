// What a truncation lets go of, and what it never may: the last commit, the fence, tokens, other actors.
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { EventStore, StoredCommit, Token } from "../contracts/event-store.ts";
import { alice, bob, bytesOf, commit, commitAll, history, readAll, textOf, untilKnown } from "./probing.ts";
import type { CasePlace, Cases } from "./suite-case.ts";

type Place = CasePlace<EventStore>;

const five = ["one", "two", "three", "four", "five"];
/** More than a store deletes at one go. */
const manyCommits = 600;
const everything: Token = Number.MAX_SAFE_INTEGER;

async function letsGo(store: EventStore, place: Place): Promise<void> {
  const tokens = await commitAll(store, alice, five);
  const [first, second, third] = tokens as [Token, Token, Token, Token, Token];
  const last = tokens[4] as Token;
  await store.truncate(alice, third);
  for (const from of [store, await place.connect()]) {
    const texts = async (after: Token, upTo: Token): Promise<unknown> =>
      (await readAll(from, alice, after, upTo)).map((stored) => [stored.token, textOf(stored)]);
    const kept = five.slice(2).map((text, i) => [tokens[i + 2], text]);
    for (const after of [0, first, second]) equal(await texts(after, last), kept);
    equal(await texts(second, third), kept.slice(0, 1));
    equal(await texts(third, last), kept.slice(1));
  }
}

/** A bound within what is gone: nothing, or an error; never commits of another range. */
async function givesNothingGone(store: EventStore): Promise<void> {
  const [first, second, third] = (await commitAll(store, alice, five)) as [Token, Token, Token];
  await store.truncate(alice, third);
  for (const upTo of [first, second]) {
    const found = await readAll(store, alice, 0, upTo).catch((): StoredCommit[] => []);
    equal(found.map(textOf), []);
  }
}

async function keepsTheLast(store: EventStore): Promise<void> {
  const tokens = await commitAll(store, alice, five);
  const last = tokens[4] as Token;
  for (const before of [last, last + 1, last + 1_000, everything]) {
    await store.truncate(alice, before);
    const head = await store.head(alice);
    equal([head?.token, textOf(head)], [last, "five"]);
    equal(await history(store, alice), ["five"]);
  }
  ok((await commit(store, alice, last, "six")) > last);
  equal(await history(store, alice), ["five", "six"]);
}

async function refusesZombies(store: EventStore): Promise<void> {
  const tokens = await commitAll(store, alice, five);
  await store.truncate(alice, everything);
  for (const after of [0, ...tokens.slice(0, 4)]) {
    const outcome = await untilKnown(() => store.append(alice, after, bytesOf("zombie")));
    equal([after, outcome.type], [after, "conflict"]);
  }
  const repeated = await untilKnown(() => store.append(alice, tokens[3] as Token, bytesOf("five")));
  equal(repeated, { type: "committed", token: tokens[4] });
  equal(await history(store, alice), ["five"]);
}

async function neverGivesTokensAgain(store: EventStore): Promise<void> {
  const given = await commitAll(store, alice, five);
  for (let round = 0; round < 5; round++) {
    await store.truncate(alice, everything);
    const last = given.at(-1) as Token;
    const token = await commit(store, alice, last, `round ${round}`);
    ok(token > last, `token ${token} was given after ${last}`);
    given.push(token);
  }
  equal(await history(store, alice), ["round 3", "round 4"]);
}

async function sparesOthers(store: EventStore): Promise<void> {
  const others = [
    bob,
    { type: "Account", id: "alice" },
    { type: "account", id: "alice2" },
    { type: "account", id: "*" },
  ];
  for (const actor of [alice, ...others]) await commitAll(store, actor, five);
  await store.truncate({ type: "account", id: "*" }, everything);
  equal(await history(store, alice), five);
  await store.truncate(alice, everything);
  for (const actor of others.slice(0, 3)) equal(await history(store, actor), five, JSON.stringify(actor));
}

async function truncatesAgain(store: EventStore): Promise<void> {
  await store.truncate(bob, 5);
  equal(await store.head(bob), undefined);
  await commit(store, bob, 0, "the first of all");
  const tokens = await commitAll(store, alice, five);
  await store.truncate(alice, 0);
  await store.truncate(alice, tokens[0] as Token);
  equal(await history(store, alice), five);
  for (const i of [3, 3, 1]) await store.truncate(alice, tokens[i] as Token);
  equal(await history(store, alice), ["four", "five"]);
}

async function truncatesLongHistories(store: EventStore): Promise<void> {
  const texts = Array.from({ length: manyCommits }, (_, i) => String(i));
  const tokens = await commitAll(store, alice, texts);
  await store.truncate(alice, tokens.at(-3) as Token);
  equal(await history(store, alice), texts.slice(-3));
}

async function truncatesWhileWriting(store: EventStore, place: Place): Promise<void> {
  const other = await place.connect();
  const tokens = await commitAll(store, alice, five);
  const kept: string[] = ["five"];
  let last = tokens[4] as Token;
  for (let round = 0; round < 20; round++) {
    const text = `round ${round}`;
    const [, token] = await Promise.all([other.truncate(alice, last), commit(store, alice, last, text)]);
    last = token;
    kept.push(text);
    equal(await history(store, alice), kept.slice(-2));
  }
}

export const truncateCases: Cases<EventStore> = {
  "lets go of what stands before a token, and of nothing else": ["E12 E15 E18", letsGo],
  "gives nothing of what it let go of": ["E16 E17", givesNothingGone],
  "keeps the last commit and the fence, whatever it is to let go of": ["E13 E14 E37", keepsTheLast],
  "refuses a zombie behind what was let go of, and behind 0": ["E38", refusesZombies],
  "gives no token again after letting go of all but the last": ["E13 E14", neverGivesTokensAgain],
  "lets go of one actor's commits alone": ["E12", sparesOthers],
  "takes a truncation again, and one with nothing to let go of": ["E12", truncatesAgain],
  "lets go of long histories": ["E12", truncatesLongHistories],
  "keeps what is appended during a truncation": ["E37", truncatesWhileWriting],
};
