// What must hold of the history of an actor, whoever wrote it: each version once, none left out, each commit behind the one
// that its writer had seen as the last.
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { EventStore } from "@aether/persistence";

export interface WrittenCommit {
  readonly id: string;
  readonly node: string;
  readonly epoch: number;
  readonly after: number;
  readonly firstVersion: number;
  readonly events: readonly { readonly event: { readonly by: number } }[];
}

/** @returns the commits, and what all their events add up to @throws AssertionError */
export async function checkHistory(
  store: EventStore,
  actor: { readonly type: string; readonly id: string },
): Promise<{ readonly commits: readonly WrittenCommit[]; readonly sum: number }> {
  const head = await store.head(actor);
  const commits: WrittenCommit[] = [];
  const tokens: number[] = [0];
  let version = 1;
  for await (const page of store.read(actor, { after: 0, upTo: head?.token ?? 0 })) {
    for (const { token, bytes } of page) {
      const commit = JSON.parse(Buffer.from(bytes).toString()) as WrittenCommit;
      strictEqual(
        commit.firstVersion,
        version,
        `${actor.id}: version ${commit.firstVersion} stands where ${version} should`,
      );
      strictEqual(commit.after, tokens.at(-1), `${actor.id}: something stands between ${commit.after} and ${token}`);
      version += commit.events.length;
      tokens.push(token);
      commits.push(commit);
    }
  }
  const ids = commits.map(({ id }) => id);
  deepStrictEqual(ids, [...new Set(ids)]);
  return { commits, sum: commits.flatMap(({ events }) => events).reduce((sum, { event }) => sum + event.by, 0) };
}
