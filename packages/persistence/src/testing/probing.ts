// How the suites look at a store: bytes as text, outcomes that are known, everything that is stored.
import { setTimeout as pause } from "node:timers/promises";
import type { ActorKey, AppendOutcome, EventStore, StoredCommit, Token } from "../contracts/event-store.ts";
import type { SnapshotStore } from "../contracts/snapshot-store.ts";

export const alice: ActorKey = Object.freeze({ type: "account", id: "alice" });
export const bob: ActorKey = Object.freeze({ type: "account", id: "bob" });

/** Ids that break subjects, keys, paths and look-ups that take them as they are. */
export const hostileIds: readonly string[] = [
  "a",
  "A",
  "a.b",
  "a..b",
  ".",
  ".a",
  "a.",
  "..",
  "*",
  ">",
  "a.*",
  "a.>",
  " ",
  "a b",
  "a\tb",
  "a\r\nb",
  "\0",
  "é",
  "e\u0301",
  "🦊",
  "=",
  "=2E",
  "%2E",
  "/",
  "a/b",
  "\\",
  "a_b",
  "a-b",
  "__proto__",
  "constructor",
  "$JS.API.x",
  "x".repeat(200),
];

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text));
}

export function textOf(stored: { readonly bytes: Uint8Array } | undefined): string | undefined {
  return stored && Buffer.from(stored.bytes).toString();
}

/** A few seconds in all, as a replicated store may take while its servers agree. */
const maxTries = 100;
const longestPauseMs = 50;

/** Repeats a call as the runtime does: what is thrown is unknown, so the same call is made again. */
export async function untilKnown(call: () => Promise<AppendOutcome>): Promise<AppendOutcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === maxTries) throw error;
      await pause(Math.min(attempt - 1, longestPauseMs));
    }
  }
}

/** Appends and answers the token. @throws Error when the outcome is another one */
export async function commit(store: EventStore, actor: ActorKey, after: Token, text: string): Promise<Token> {
  const outcome = await untilKnown(() => store.append(actor, after, bytesOf(text)));
  if (outcome.type === "committed") return outcome.token;
  throw new Error(`append of "${text}" after ${after}: ${JSON.stringify(outcome)} instead of committed`);
}

/** Appends one commit per text, each behind the one before; answers their tokens. */
export async function commitAll(store: EventStore, actor: ActorKey, texts: readonly string[]): Promise<Token[]> {
  const tokens: Token[] = [];
  for (const text of texts) tokens.push(await commit(store, actor, tokens.at(-1) ?? 0, text));
  return tokens;
}

export async function readAll(store: EventStore, actor: ActorKey, after: Token, upTo: Token): Promise<StoredCommit[]> {
  const all: StoredCommit[] = [];
  for await (const page of store.read(actor, { after, upTo })) all.push(...page);
  return all;
}

/** All that the actor has, as texts. */
export async function history(store: EventStore, actor: ActorKey): Promise<(string | undefined)[]> {
  const head = await store.head(actor);
  return head === undefined ? [] : (await readAll(store, actor, 0, head.token)).map(textOf);
}

export function save(store: SnapshotStore, actor: ActorKey, after: Token, text: string): Promise<AppendOutcome> {
  return untilKnown(() => store.save(actor, after, bytesOf(text)));
}

/** Saves one snapshot per text, each behind the one before; answers their tokens. */
export async function saveAll(store: SnapshotStore, actor: ActorKey, texts: readonly string[]): Promise<Token[]> {
  const tokens: Token[] = [];
  for (const text of texts) {
    const outcome = await save(store, actor, tokens.at(-1) ?? 0, text);
    if (outcome.type !== "committed") throw new Error(`save of "${text}": ${JSON.stringify(outcome)}`);
    tokens.push(outcome.token);
  }
  return tokens;
}
