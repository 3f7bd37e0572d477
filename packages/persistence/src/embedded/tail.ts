// Positions of commits that the index does not have yet, by actor and number. An actor's commits are numbered without
// gaps, so the number says where in its list a position stands.

/** Long enough for the keys of thousands of actors to share pages of the index, short enough to be read at each opening. */
export const usualMaxTailKeys = 32_768;

export interface Key {
  readonly actor: number;
  readonly number: number;
  readonly position: number;
}

interface Run {
  /** The number of the first position. */
  first: number;
  readonly positions: number[];
}

export class Tail {
  readonly #runs = new Map<number, Run>();
  #added = 0;
  #lastPosition = 0;

  /** How many were ever added. */
  get added(): number {
    return this.#added;
  }

  /** The highest position ever added. */
  get lastPosition(): number {
    return this.#lastPosition;
  }

  /** The next number of the actor, and a position above all others. */
  add({ actor, number, position }: Key): void {
    const run = this.#runs.get(actor);
    if (run === undefined) this.#runs.set(actor, { first: number, positions: [position] });
    // By its number instead of behind the last: a row that somebody deleted by hand leaves a hole, not a shift.
    else run.positions[number - run.first] = position;
    this.#added++;
    this.#lastPosition = position;
  }

  /** The lowest number of an actor, `undefined` when there is none of it. */
  first(actor: number): number | undefined {
    return this.#runs.get(actor)?.first;
  }

  last(actor: number): number | undefined {
    const run = this.#runs.get(actor);
    return run && run.first + run.positions.length - 1;
  }

  position(actor: number, number: number): number | undefined {
    const run = this.#runs.get(actor);
    return run?.positions[number - run.first];
  }

  /** Forgets an actor's numbers below one. @returns their positions */
  drop(actor: number, below: number): readonly number[] {
    const run = this.#runs.get(actor);
    if (run === undefined || below <= run.first) return [];
    const dropped = run.positions.splice(0, below - run.first);
    run.first = below;
    if (run.positions.length === 0) this.#runs.delete(actor);
    // Without holes.
    return dropped.filter(() => true);
  }

  /** All behind a key, by actor and number: the order of the index. What is dropped on the way is left out. */
  *behind(key: Pick<Key, "actor" | "number">): IterableIterator<Key> {
    for (const actor of Float64Array.from(this.#runs.keys()).toSorted()) {
      const run = this.#runs.get(actor);
      if (run === undefined || actor < key.actor) continue;
      for (
        let number = run.first;
        number < run.first + run.positions.length;
        number = Math.max(number + 1, run.first)
      ) {
        const position = run.positions[number - run.first];
        const isBehind = actor > key.actor || number > key.number;
        if (isBehind && position !== undefined) yield { actor, number, position };
      }
    }
  }
}
