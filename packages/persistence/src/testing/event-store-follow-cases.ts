// What followers are told: what is stored from now on, by anybody, per actor in order, each at least once.
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { ActorKey, EventStore, StoredAt, Token } from "../contracts/event-store.ts";
import { alice, bob, bytesOf, commit, commitAll, history, hostileIds, untilKnown } from "./probing.ts";
import type { CasePlace, Cases } from "./suite-case.ts";

type Place = CasePlace<EventStore>;

interface Follower {
  readonly told: readonly StoredAt[];
  /** Once the follower was told of this commit. */
  sees(actor: ActorKey, token: Token): Promise<void>;
  end(): Promise<void>;
}

async function follow(store: EventStore, place: Place): Promise<Follower> {
  if (!store.follow) throw new Error("this store has no `follow`: skip the case, and say why");
  const told: StoredAt[] = [];
  const waiting = new Set<() => void>();
  const end = await store.follow((stored) => {
    told.push(stored);
    for (const look of waiting) look();
  });
  const has = (actor: ActorKey, token: Token): boolean =>
    told.some((at) => isSame(at.actor, actor) && at.token === token);
  const sees = async (actor: ActorKey, token: Token): Promise<void> => {
    const seen = new Promise<void>((resolve) => {
      const look = (): void => void (has(actor, token) && resolve(void waiting.delete(look)));
      waiting.add(look);
      look();
    });
    await place.within(seen, `news of ${actor.type}/${actor.id} at ${token}`);
  };
  return { told, sees, end };
}

function isSame(a: ActorKey, b: ActorKey): boolean {
  return a.type === b.type && a.id === b.id;
}

/** An actor's tokens in the order in which they were first told; later copies are allowed. */
function tokensOf({ told }: Follower, actor: ActorKey): Token[] {
  return [...new Set(told.filter((at) => isSame(at.actor, actor)).map(({ token }) => token))];
}

async function tellsInOrder(store: EventStore, place: Place): Promise<void> {
  const other = await place.connect();
  const follower = await follow(store, place);
  const texts = Array.from({ length: 50 }, (_, i) => String(i));
  const [ofAlice, ofBob] = await Promise.all([commitAll(store, alice, texts), commitAll(other, bob, texts)]);
  await follower.sees(alice, ofAlice.at(-1) as Token);
  await follower.sees(bob, ofBob.at(-1) as Token);
  equal([tokensOf(follower, alice), tokensOf(follower, bob)], [ofAlice, ofBob]);
  await follower.end();
}

async function tellsWhatIsStored(store: EventStore, place: Place): Promise<void> {
  const other = await place.connect();
  const before = await commit(store, alice, 0, "before");
  const follower = await follow(store, place);
  equal((await untilKnown(() => other.append(alice, 0, bytesOf("refused")))).type, "conflict");
  const tooLarge = await other.append(alice, before, new Uint8Array(other.limits.maxCommitBytes + 1));
  equal(tooLarge.type, "rejected");
  const after = await commit(other, alice, before, "after");
  await follower.sees(alice, after);
  equal(tokensOf(follower, alice), [after]);
  await follower.end();
}

async function tellsNames(store: EventStore, place: Place): Promise<void> {
  const follower = await follow(store, place);
  for (const id of hostileIds) {
    const actor = { type: "account", id };
    await follower.sees(actor, await commit(store, actor, 0, "one"));
  }
  await follower.end();
}

async function tellsEveryFollower(store: EventStore, place: Place): Promise<void> {
  const other = await place.connect();
  const followers = [await follow(store, place), await follow(store, place), await follow(other, place)] as const;
  const first = await commit(store, alice, 0, "one");
  for (const follower of followers) await follower.sees(alice, first);
  await followers[0].end();
  const second = await commit(store, alice, first, "two");
  for (const follower of followers.slice(1)) await follower.sees(alice, second);
  equal(tokensOf(followers[0], alice), [first]);
  await Promise.all([followers[1].end(), followers[2].end()]);
}

/** A cache that is wrong must not cost anybody a commit. */
async function bearsThrowing(store: EventStore, place: Place): Promise<void> {
  if (!store.follow) throw new Error("this store has no `follow`: skip the case, and say why");
  let throws = 0;
  const end = await store.follow(() => {
    throws++;
    throw new Error("a follower's own failure");
  });
  const follower = await follow(store, place);
  const tokens = [await commit(store, alice, 0, "one")];
  tokens.push(await commit(store, alice, tokens[0] as Token, "two"));
  await follower.sees(alice, tokens[1] as Token);
  equal(tokensOf(follower, alice), tokens);
  ok(throws >= tokens.length, `the follower that throws was told ${throws} times`);
  equal(await history(store, alice), ["one", "two"]);
  await Promise.all([end(), follower.end()]);
}

async function endsWithItsStore(store: EventStore, place: Place): Promise<void> {
  const other = await place.connect();
  const [ended, follower] = [await follow(store, place), await follow(other, place)];
  const first = await commit(other, alice, 0, "one");
  await Promise.all([ended.sees(alice, first), follower.sees(alice, first)]);
  await store.close();
  const second = await commit(other, alice, first, "two");
  await follower.sees(alice, second);
  equal(tokensOf(ended, alice), [first]);
  await follower.end();
}

export const followCases: Cases<EventStore> = {
  "tells followers what any connection stores, per actor in order": ["E1", tellsInOrder],
  "tells followers what is stored from now on, and nothing that was refused": ["E27", tellsWhatIsStored],
  "tells followers the actors by their own names": ["E19", tellsNames],
  "tells every follower until it ends": ["E43", tellsEveryFollower],
  "goes on, and tells the others, when a follower throws": ["E43", bearsThrowing],
  "ends its followers when it is closed": ["E43", endsWithItsStore],
};
