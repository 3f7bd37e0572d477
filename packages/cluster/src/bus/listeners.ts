// Who listens to which actors, so that a stored commit finds its listeners without asking all of them.
import type { ActorKey } from "@aether/persistence";

export interface Listened {
  readonly types: readonly string[] | undefined;
  readonly id: string | undefined;
}

export class Listeners<L> {
  readonly #all = new Set<L>();
  readonly #byType = new Map<string, Set<L>>();
  readonly #byActor = new Map<string, Set<L>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(listened: Listened, listener: L): void {
    this.#count++;
    this.#setsOf(listened).forEach((set) => set.add(listener));
  }

  delete(listened: Listened, listener: L): void {
    let isDeleted = false;
    for (const set of this.#setsOf(listened)) isDeleted = set.delete(listener) || isDeleted;
    if (isDeleted) this.#count--;
    for (const key of listened.types ?? []) {
      for (const [map, at] of this.#mapsOf(key, listened.id)) if (map.get(at)?.size === 0) map.delete(at);
    }
  }

  of({ type, id }: ActorKey): readonly L[] {
    const [ofType, ofActor] = [this.#byType.get(type), this.#byActor.get(`${type}/${id}`)];
    if (this.#all.size === 0 && ofType === undefined) return ofActor === undefined ? [] : [...ofActor];
    return [...this.#all, ...(ofType ?? []), ...(ofActor ?? [])];
  }

  every(): readonly L[] {
    const found = new Set(this.#all);
    for (const map of [this.#byType, this.#byActor]) {
      for (const set of map.values()) for (const listener of set) found.add(listener);
    }
    return [...found];
  }

  #setsOf({ types, id }: Listened): readonly Set<L>[] {
    if (types === undefined) return [this.#all];
    return types.flatMap((type) =>
      this.#mapsOf(type, id).map(([map, key]) => {
        const set = map.get(key) ?? new Set();
        map.set(key, set);
        return set;
      }),
    );
  }

  #mapsOf(type: string, id: string | undefined): readonly (readonly [Map<string, Set<L>>, string])[] {
    return id === undefined ? [[this.#byType, type]] : [[this.#byActor, `${type}/${id}`]];
  }
}
