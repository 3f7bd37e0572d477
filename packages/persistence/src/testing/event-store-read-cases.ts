// What was stored comes back: head, ranges, pages, whole bytes, each actor's own.
import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import type { EventStore, Token } from "../contracts/event-store.ts";
import { alice, bob, bytesOf, commit, commitAll, history, hostileIds, readAll, textOf, untilKnown } from "./probing.ts";
import type { CasePlace, Cases } from "./suite-case.ts";

type Place = CasePlace<EventStore>;

/** More than any page is likely to hold. */
const manyCommits = 600;
const manyActors = 300;
const carol = Object.freeze({ type: "account", id: "carol" });

async function knowsNothing(store: EventStore): Promise<void> {
  equal(await store.head(alice), undefined);
  equal(await readAll(store, alice, 0, 0), []);
}

async function givesHead(store: EventStore): Promise<void> {
  for (const [i, token] of (await commitAll(store, alice, ["one", "two"])).entries()) ok(token > i);
  const third = await commit(store, alice, (await store.head(alice))?.token ?? 0, "three");
  const head = await store.head(alice);
  equal([head?.token, textOf(head)], [third, "three"]);
}

async function growsTokens(store: EventStore): Promise<void> {
  const tokens = await commitAll(store, alice, ["one", "two", "three", "four"]);
  ok(
    tokens.every((token, i) => Number.isSafeInteger(token) && token > (tokens[i - 1] ?? 0)),
    String(tokens),
  );
}

async function readsRanges(store: EventStore): Promise<void> {
  const texts = ["one", "two", "three", "four", "five"];
  const tokens = await commitAll(store, alice, texts);
  const places = [0, ...tokens];
  for (const [i, after] of places.entries()) {
    for (const [j, upTo] of places.entries()) {
      const expected = texts.slice(i, j).map((text, k) => [tokens[i + k], text]);
      const found = await readAll(store, alice, after, upTo);
      equal(
        found.map((stored) => [stored.token, textOf(stored)]),
        expected,
      );
    }
  }
}

async function readsPages(store: EventStore): Promise<void> {
  const texts = Array.from({ length: manyCommits }, (_, i) => `commit ${i} ${"x".repeat(200)}`);
  const tokens = await commitAll(store, alice, texts);
  equal(await history(store, alice), texts);
  const tail = await readAll(store, alice, tokens.at(-3) as number, tokens.at(-1) as number);
  equal(tail.map(textOf), texts.slice(-2));
}

/** Who asks knows of that commit: an end without it would be taken for the end of the history. */
async function throwsForWhatIsNotThere(store: EventStore, place: Place): Promise<void> {
  const tokens = await commitAll(store, alice, ["one", "two"]);
  const last = tokens[1] as Token;
  await commit(store, bob, 0, "another actor's");
  for (const [actor, upTo] of [
    [alice, last + 1_000],
    [carol, last],
  ] as const) {
    const what = `a read of ${actor.id} up to ${upTo}`;
    await rejects(place.within(readAll(store, actor, 0, upTo), what), (error: Error) => !error.message.includes(what));
  }
  equal((await readAll(store, alice, last, last)).length, 0);
  equal(await history(store, alice), ["one", "two"]);
}

async function survivesEarlyStop(store: EventStore): Promise<void> {
  const texts = Array.from({ length: manyCommits }, (_, i) => String(i));
  const tokens = await commitAll(store, alice, texts);
  for await (const page of store.read(alice, { after: 0, upTo: tokens.at(-1) as number })) {
    ok(page.length > 0);
    break;
  }
  equal(await history(store, alice), texts);
}

async function keepsBytes(store: EventStore): Promise<void> {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const first = await untilKnown(() => store.append(alice, 0, all));
  ok(first.type === "committed");
  const view = all.subarray(10, 20);
  const second = await untilKnown(() => store.append(alice, first.token, view));
  ok(second.type === "committed");
  const [one, two] = await readAll(store, alice, 0, second.token);
  equal([...(one?.bytes ?? [])], [...all]);
  equal([...(two?.bytes ?? [])], [...view]);
  equal([...((await store.head(alice))?.bytes ?? [])], [...view]);
}

async function keepsNoReference(store: EventStore): Promise<void> {
  const bytes = bytesOf("as it was");
  const outcome = await untilKnown(() => store.append(alice, 0, bytes));
  ok(outcome.type === "committed");
  equal(Buffer.from(bytes).toString(), "as it was");
  bytes.fill(0);
  equal(textOf(await store.head(alice)), "as it was");
  equal(await history(store, alice), ["as it was"]);
}

async function handsOutNoReference(store: EventStore): Promise<void> {
  const token = await commit(store, alice, 0, "as it was");
  (await store.head(alice))?.bytes.fill(0);
  for (const stored of await readAll(store, alice, 0, token)) stored.bytes.fill(0);
  equal(textOf(await store.head(alice)), "as it was");
  equal(await history(store, alice), ["as it was"]);
}

async function keepsActorsApart(store: EventStore): Promise<void> {
  const actors = [
    ...hostileIds.map((id) => ({ type: "account", id })),
    { type: "a", id: "b-c" },
    { type: "a-b", id: "c" },
    { type: "a_b", id: "c" },
    { type: "Account", id: "a" },
  ];
  for (const [i, actor] of actors.entries()) {
    equal(await store.head(actor), undefined, `${JSON.stringify(actor)} has a head before its first commit`);
    await commitAll(store, actor, [`first of ${i}`, `second of ${i}`]);
  }
  for (const [i, actor] of actors.entries()) {
    equal(await history(store, actor), [`first of ${i}`, `second of ${i}`], JSON.stringify(actor));
  }
}

async function sharesData(store: EventStore, place: Place): Promise<void> {
  const other = await place.connect();
  const first = await commit(store, alice, 0, "one");
  for (const from of [store, other]) equal(textOf(await from.head(alice)), "one");
  const second = await commit(other, alice, first, "two");
  equal(textOf(await store.head(alice)), "two");
  equal(await history(store, alice), ["one", "two"]);
  equal((await store.append(alice, first, bytesOf("late"))).type, "conflict");
  await commit(store, alice, second, "three");
  equal(textOf(await other.head(alice)), "three");
  equal(await history(other, alice), ["one", "two", "three"]);
}

/** However the reader's own range was cut before: what lies behind `upTo` stays out, also when it comes meanwhile. */
async function readsWhileWriting(store: EventStore, place: Place): Promise<void> {
  const texts = Array.from({ length: manyCommits }, (_, i) => String(i));
  const tokens = await commitAll(store, alice, texts);
  const upTo = tokens.at(-1) as Token;
  const other = await place.connect();
  const seen: (string | undefined)[] = [];
  let after = upTo;
  for await (const page of store.read(alice, { after: 0, upTo })) {
    seen.push(...page.map(textOf));
    after = await commit(other, alice, after, `later, behind ${after}`);
  }
  equal(seen, texts);
}

async function keepsManyActors(store: EventStore, place: Place): Promise<void> {
  const stores = [store, await place.connect()] as const;
  const actors = Array.from({ length: manyActors }, (_, i) => ({ type: "account", id: `actor ${i}` }));
  await Promise.all(actors.map((actor, i) => commitAll(stores[i % 2 ? 1 : 0], actor, [`${i}`, `${i} again`])));
  const found = await Promise.all(actors.map((actor, i) => history(stores[i % 2 ? 0 : 1], actor)));
  equal(
    found,
    actors.map((_, i) => [`${i}`, `${i} again`]),
  );
}

export const readCases: Cases<EventStore> = {
  "knows nothing of an actor that nobody wrote to": ["E11", knowsNothing],
  "gives the last commit as the head": ["E21", givesHead],
  "numbers an actor's commits with growing tokens above 0": ["E21", growsTokens],
  "reads the commits after one token up to another, in order": ["E1 E2 E3 E5 E7 E8 E9 E10", readsRanges],
  "reads more commits than a page holds": ["E1 E4 E6", readsPages],
  "reads up to its bound while others append": ["E3", readsWhileWriting],
  "throws for a commit that is not there, rather than end early": ["E3 E8", throwsForWhatIsNotThere],
  "takes a reader that stops early": ["E4 E6", survivesEarlyStop],
  "gives every byte back, also of a view into a larger buffer": ["E19", keepsBytes],
  "neither changes nor keeps the bytes that it is given": ["E20", keepsNoReference],
  "gives each reader bytes of its own": ["E20", handsOutNoReference],
  "keeps actors apart, whatever their types and ids look like": ["E19", keepsActorsApart],
  "keeps many actors": ["E21", keepsManyActors],
  "gives two connections the same data and the same fence": ["E26", sharesData],
};
