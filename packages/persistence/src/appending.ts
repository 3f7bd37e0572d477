// One append until its outcome is proven. What is thrown is unknown, and unknown is never decided by the clock: the same
// bytes are offered behind the same token again, which the store answers with what became of the first try. A store that has
// lost its last commits in a power cut gives their tokens out again: so before a repeat it is looked whose commit stands there.
import { decodeCommit } from "./commit-format.ts";
import type { ActorKey, AppendOutcome, Token } from "./contracts/event-store.ts";
import { backoff, type Services } from "./services.ts";

export interface Append {
  readonly actor: ActorKey;
  readonly name: string;
  readonly after: Token;
  /** Of the commit with that token. */
  readonly base: string | undefined;
  readonly bytes: Uint8Array;
}

/** Whoever waits for an append. */
export interface AppendWatch {
  /** Ends the tries; the answer is then `undefined`. */
  isOver(): boolean;
  /** Told at the first unknown outcome. */
  onUnknown?(): void;
}

export async function appendUntilKnown(
  services: Services,
  append: Append,
  watch: AppendWatch,
): Promise<AppendOutcome | undefined> {
  if (watch.isOver()) return undefined;
  try {
    const { actor, after, bytes } = append;
    return understood(await services.stores.events.append(actor, after, bytes), after);
  } catch (error) {
    return await appendAgain(services, append, watch, error);
  }
}

/** The first try has ended with `error`. */
export async function appendAgain(
  services: Services,
  append: Append,
  watch: AppendWatch,
  error: unknown,
): Promise<AppendOutcome | undefined> {
  const { actor, name, after, bytes } = append;
  let thrown = error;
  for (let attempt = 1; ; attempt++) {
    services.metrics.repeatedAppends++;
    services.events.publish({ type: "append-unknown", address: name, attempt, error: thrown });
    if (attempt === 1) watch.onUnknown?.();
    await backoff(services, attempt);
    if (watch.isOver()) return undefined;
    try {
      if (await isReplaced(services, append)) return { type: "conflict" };
      return understood(await services.stores.events.append(actor, after, bytes), after);
    } catch (again) {
      thrown = again;
    }
  }
}

/** Whether another commit has got the token of the one that this append was to follow. */
async function isReplaced({ stores }: Services, { actor, name, after, base }: Append): Promise<boolean> {
  if (base === undefined) return false;
  const head = await stores.events.head(actor);
  return head?.token === after && decodeCommit(head.bytes, actor, name).id !== base;
}

/** @throws TypeError for what is none of a store's three answers: it proves nothing */
export function understood(outcome: AppendOutcome, after: Token): AppendOutcome {
  const type: unknown = (outcome as AppendOutcome | undefined)?.type;
  if (type === "rejected" || type === "conflict") return outcome;
  if (outcome?.type === "committed" && Number.isSafeInteger(outcome.token) && outcome.token > after) return outcome;
  throw new TypeError(`the store answered ${JSON.stringify(outcome)} to an append behind token ${after}`);
}
