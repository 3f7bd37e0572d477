// Closing and opening again: what is under way settles, what was acknowledged stays.
import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import type { AppendOutcome, EventStore, Token } from "../contracts/event-store.ts";
import { alice, bob, bytesOf, commit, commitAll, history, readAll, textOf, untilKnown } from "./probing.ts";
import type { CasePlace, Cases } from "./suite-case.ts";

type Place = CasePlace<EventStore>;

const writers = 50;

async function closes(store: EventStore, place: Place): Promise<void> {
  const other = await place.connect();
  const token = await commit(store, alice, 0, "one");
  await store.close();
  await rejects(() => store.head(alice));
  await rejects(() => store.append(alice, token, bytesOf("two")));
  await rejects(() => store.append(bob, 0, new Uint8Array(store.limits.maxCommitBytes + 1)));
  await rejects(() => readAll(store, alice, 0, token));
  await rejects(() => store.truncate(alice, token));
  await rejects(async () => {
    for await (const _ of store.list());
  });
  if (store.follow) await rejects(async () => store.follow?.(() => undefined));
  equal(await history(other, alice), ["one"]);
  await commit(other, alice, token, "two");
}

/** Each append is answered or thrown, and what was answered `committed` is there. */
async function settlesAtClose(store: EventStore, place: Place): Promise<void> {
  const other = await place.connect();
  const actors = Array.from({ length: writers }, (_, i) => ({ type: "account", id: `writer ${i}` }));
  const appends = actors.map(async (actor) => store.append(actor, 0, bytesOf("one")));
  const settled = Promise.allSettled(appends);
  await place.within(store.close(), "close() during appends");
  const outcomes = await place.within(settled, "appends during close()");
  for (const [i, actor] of actors.entries()) {
    const outcome = outcomes[i] as PromiseSettledResult<AppendOutcome>;
    if (outcome.status === "rejected") continue;
    const head = await other.head(actor);
    equal(outcome.value, { type: "committed", token: head?.token });
    equal(textOf(head), "one");
  }
}

async function survivesReopening(store: EventStore, place: Place): Promise<void> {
  const actors = Array.from({ length: writers }, (_, i) => ({ type: "account", id: `writer ${i}` }));
  const tokens = await Promise.all(actors.map((actor) => commitAll(store, actor, ["one", "two", "three"])));
  const reopened = await place.reopen();
  for (const [i, actor] of actors.entries()) {
    const given = tokens[i] as Token[];
    const found = await readAll(reopened, actor, 0, given.at(-1) as Token);
    equal(
      found.map((stored) => [stored.token, textOf(stored)]),
      ["one", "two", "three"].map((text, k) => [given[k], text]),
    );
  }
}

async function fencesAfterReopening(store: EventStore, place: Place): Promise<void> {
  const [first, second, third] = (await commitAll(store, alice, ["one", "two", "three"])) as [Token, Token, Token];
  await store.truncate(alice, third);
  const reopened = await place.reopen();
  for (const after of [0, first, second, third + 1]) {
    equal((await untilKnown(() => reopened.append(alice, after, bytesOf("zombie")))).type, "conflict");
  }
  const repeated = await untilKnown(() => reopened.append(alice, second, bytesOf("three")));
  equal(repeated, { type: "committed", token: third });
  ok((await commit(reopened, alice, third, "four")) > third);
  equal(await history(reopened, alice), ["three", "four"]);
}

/** A head that is wrongly called so is not taken over: its writer, or whoever else read it, would go on. */
async function callsNoSharedHeadOrphaned(store: EventStore, place: Place): Promise<void> {
  await commit(store, alice, 0, "one");
  const first = await place.reopen();
  await first.head(alice);
  const second = await place.connect();
  for (const [which, from] of [
    ["second", second],
    ["first", first],
  ] as const) {
    ok((await from.head(alice))?.isOrphaned !== true, `to the ${which} of two connections the head is orphaned`);
  }
}

export const lifeCases: Cases<EventStore> = {
  "throws after it was closed, and other connections go on": ["E43", closes],
  "settles every append that is under way when it is closed": ["E43", settlesAtClose],
  "has everything that it acknowledged when it is opened again": ["E41", survivesReopening],
  "has the same fence when it is opened again": ["E41 E38", fencesAfterReopening],
  "calls no head orphaned while two connections may append behind it": ["E26 E38", callsNoSharedHeadOrphaned],
};
