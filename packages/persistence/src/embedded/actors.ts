// Actors by the number that rows carry instead of type and id, with the last commit and snapshot of those used lately.
// Texts go in and out as bytes: the drivers cut strings at a NUL.
import type { ActorKey } from "../contracts/event-store.ts";
import { Recent } from "./recent.ts";
import type { Sqlite, Statement } from "./sqlite.ts";

/** What an actor is called between the threads. A type never holds a NUL. */
export function keyOf({ type, id }: ActorKey): string {
  return `${type}\0${id}`;
}

export function actorOf(key: string): ActorKey {
  const end = key.indexOf("\0");
  return { type: key.slice(0, end), id: key.slice(end + 1) };
}

export interface KnownActor {
  /** Its number; 0 when nothing of it is stored. */
  actor: number;
  /** The newest number in each table; `undefined` when not looked up yet. */
  commits: number | undefined;
  snapshots: number | undefined;
}

const maxKnown = 100_000;

export class Actors {
  readonly #known = new Recent<KnownActor>(maxKnown);
  readonly #find: Statement;
  readonly #add: Statement;
  readonly #list: Statement;

  constructor(sqlite: Sqlite) {
    this.#find = sqlite.prepare("SELECT actor FROM actors WHERE type = CAST(? AS TEXT) AND id = CAST(? AS TEXT)");
    this.#add = sqlite.prepare("INSERT INTO actors (type, id) VALUES (CAST(? AS TEXT), CAST(? AS TEXT))");
    this.#list = sqlite.prepare(
      "SELECT actor, CAST(type AS BLOB) AS type, CAST(id AS BLOB) AS id FROM actors WHERE actor > ? ORDER BY actor",
    );
  }

  find(key: string): KnownActor {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { type, id } = actorOf(key);
    const row = this.#find.get(Buffer.from(type), Buffer.from(id));
    const isNew = row === undefined;
    const found: KnownActor = {
      actor: isNew ? 0 : Number(row["actor"]),
      commits: isNew ? 0 : undefined,
      snapshots: isNew ? 0 : undefined,
    };
    this.#known.set(key, found);
    return found;
  }

  /** Gives a number to an actor that has none, in the open transaction. */
  add(key: string, known: KnownActor): void {
    const { type, id } = actorOf(key);
    known.actor = Number(this.#add.run(Buffer.from(type), Buffer.from(id)).lastInsertRowid);
  }

  /** Actors with their keys as bytes, by number, from behind one. */
  *list(after: number): Iterable<{ readonly number: number; readonly content: Uint8Array }> {
    for (const { actor, type, id } of this.#list.iterate(after)) {
      const content = Buffer.concat([type as Uint8Array, Buffer.of(0), id as Uint8Array]);
      yield { number: Number(actor), content };
    }
  }

  /** What is known came from a transaction that was undone. */
  forget(): void {
    this.#known.clear();
  }
}
