// Whether commits of an actor are gone that were to be told: each names the one it follows. Invariant: it is only said of
// commits behind the beginning, and bounded: of actors that it had to forget it says nothing.
import type { ActorKey, LoggedCommit, Token } from "@aether/persistence";

/** Of each of the two generations. */
const maxActors = 10_000;

export class Continuity {
  #seen = new Map<string, number>();
  #seenBefore = new Map<string, number>();
  readonly #begin: number;
  #hasForgotten = false;

  /** @param begin the position behind which nothing may be missing; infinite where an actor's first commit may be any */
  constructor(begin: number) {
    this.#begin = begin;
  }

  /** @returns the position behind which commits of this actor are missing, if any are */
  missingBefore(commit: LoggedCommit, after: Token): number | undefined {
    const key = keyOf(commit.actor);
    const last = this.#seen.get(key) ?? this.#seenBefore.get(key);
    this.#seen.set(key, commit.position);
    if (this.#seen.size > maxActors) this.#forget();
    if (last === undefined && this.#hasForgotten) return undefined;
    const known = last ?? this.#begin;
    return after > known ? known : undefined;
  }

  #forget(): void {
    this.#hasForgotten ||= this.#seenBefore.size > 0;
    this.#seenBefore = this.#seen;
    this.#seen = new Map();
  }
}

function keyOf({ type, id }: ActorKey): string {
  return `${type}/${id}`;
}
