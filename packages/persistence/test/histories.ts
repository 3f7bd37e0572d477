// Histories as texts, for the tests that look at a store itself.
import type { EventStore } from "@aether/persistence";

export const alice = { type: "account", id: "alice" };

export function bytes(text: string): Uint8Array {
  return Buffer.from(text);
}

/** All that the actor has, as texts. */
export async function history(store: EventStore, actor = alice): Promise<string[]> {
  const head = await store.head(actor);
  const texts: string[] = [];
  for await (const page of store.read(actor, { after: 0, upTo: head?.token ?? 0 })) {
    texts.push(...page.map((commit) => Buffer.from(commit.bytes).toString()));
  }
  return texts;
}
