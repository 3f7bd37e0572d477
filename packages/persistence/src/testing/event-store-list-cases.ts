// Who has a commit: each actor once, by its own name.
import { deepStrictEqual as equal } from "node:assert/strict";
import type { ActorKey, EventStore, Token } from "../contracts/event-store.ts";
import { alice, bob, bytesOf, commit, commitAll, hostileIds, untilKnown } from "./probing.ts";
import type { CasePlace, Cases } from "./suite-case.ts";

type Place = CasePlace<EventStore>;

/** More than any page is likely to hold. */
const manyActors = 600;

async function listed(store: EventStore): Promise<string[]> {
  const found: string[] = [];
  for await (const page of store.list()) found.push(...page.map(nameOf));
  return found.toSorted();
}

function nameOf({ type, id }: ActorKey): string {
  return JSON.stringify([type, id]);
}

async function listsNobody(store: EventStore): Promise<void> {
  equal(await listed(store), []);
  await store.head(alice);
  await store.truncate(alice, 5);
  equal((await untilKnown(() => store.append(bob, 7, bytesOf("refused")))).type, "conflict");
  equal(await listed(store), []);
}

async function listsByName(store: EventStore, place: Place): Promise<void> {
  const actors = [
    ...hostileIds.map((id) => ({ type: "account", id })),
    { type: "Account", id: "a" },
    { type: "b", id: "a" },
  ];
  for (const actor of actors) await commitAll(store, actor, ["one", "two"]);
  for (const from of [store, await place.connect()]) equal(await listed(from), actors.map(nameOf).toSorted());
}

async function listsMany(store: EventStore): Promise<void> {
  const actors = Array.from({ length: manyActors }, (_, i) => ({ type: `type${i % 3}`, id: `actor ${i}` }));
  await Promise.all(actors.map((actor) => commit(store, actor, 0, "one")));
  equal(await listed(store), actors.map(nameOf).toSorted());
  for await (const page of store.list()) {
    if (page.length > 0) break;
  }
  equal((await listed(store)).length, manyActors);
}

async function listsTruncated(store: EventStore): Promise<void> {
  const tokens = await commitAll(store, alice, ["one", "two", "three"]);
  await store.truncate(alice, tokens[2] as Token);
  await commit(store, bob, 0, "one");
  equal(await listed(store), [nameOf(alice), nameOf(bob)]);
}

export const listCases: Cases<EventStore> = {
  "lists nobody who has no commit": ["E11", listsNobody],
  "lists every actor that has a commit once, by its own name": ["E19", listsByName],
  "lists more actors than a page holds": ["E1", listsMany],
  "lists an actor whose history was truncated": ["E14", listsTruncated],
};
