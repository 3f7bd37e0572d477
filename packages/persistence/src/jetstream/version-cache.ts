// What this node believes the last token of each actor to be: a bounded table, fed by acknowledgements, by heads that were
// read and by what followers are told. Invariant: it is a hint. Nothing is concluded from it; it only says where to look
// first, and an entry that proves wrong is forgotten.
import type { ActorKey, Token } from "../contracts/event-store.ts";

/** Where an actor's commits are. */
export interface ActorPlace {
  readonly stream: string;
  readonly subject: string;
}

/** An actor, and what is believed of its last commit. */
export interface KnownActor extends ActorPlace {
  /** 0 when nothing is known. */
  token: Token;
  /** Used since it was last passed over. */
  isRecent: boolean;
}

/** Counted since the store was opened. */
export interface VersionCacheStats {
  readonly actors: number;
  /** Appends that found a token for their actor. */
  readonly hits: number;
  readonly misses: number;
  /** Publishes that were not made since a look at the leader showed their outcome. */
  readonly spared: number;
  /** Tokens that the leader knew nothing of. */
  readonly wrong: number;
}

export class VersionCache {
  readonly #placeOf: (actor: ActorKey) => ActorPlace;
  readonly #maxActors: number;
  readonly #actors = new Map<string, KnownActor>();
  #hand: Iterator<[string, KnownActor], undefined> = this.#actors.entries();
  #hits = 0;
  #misses = 0;
  #spared = 0;
  #wrong = 0;

  /** @param placeOf is asked once per entry: an entry saves the hash and the encoding of later appends */
  constructor(placeOf: (actor: ActorKey) => ActorPlace, maxActors: number) {
    this.#placeOf = placeOf;
    this.#maxActors = maxActors;
  }

  get stats(): VersionCacheStats {
    const [actors, hits, misses, spared, wrong] = [
      this.#actors.size,
      this.#hits,
      this.#misses,
      this.#spared,
      this.#wrong,
    ];
    return { actors, hits, misses, spared, wrong };
  }

  /** The token believed to be the actor's last, 0 when none is known. Counts nothing. */
  tokenOf(actor: ActorKey): Token {
    return this.#actors.get(keyOf(actor))?.token ?? 0;
  }

  /** A commit of the actor has this token. Older news changes nothing. */
  update(actor: ActorKey, token: Token): void {
    raise(this.#actors.get(keyOf(actor)) ?? this.#add(actor), token);
  }

  /** The entry that an append works with, counted as a hit or a miss. */
  lookUp(actor: ActorKey): KnownActor {
    const known = this.knownOf(actor);
    if (known.token === 0) this.#misses++;
    else this.#hits++;
    return known;
  }

  /** The entry of an actor, made if there is none. */
  knownOf(actor: ActorKey): KnownActor {
    const known = this.#actors.get(keyOf(actor)) ?? this.#add(actor);
    known.isRecent = true;
    return known;
  }

  /** A look at the leader settled an append that was not published. */
  onSpared(): void {
    this.#spared++;
  }

  /** The leader shows nothing of it: the store was set back, or has elected a leader that is behind. */
  onWrong(known: KnownActor): void {
    this.#wrong++;
    known.token = 0;
  }

  #add(actor: ActorKey): KnownActor {
    if (this.#actors.size >= this.#maxActors) this.#evict();
    const known: KnownActor = { ...this.#placeOf(actor), token: 0, isRecent: false };
    this.#actors.set(keyOf(actor), known);
    return known;
  }

  /**
   * The next entry that was not used since it was last passed over ("second chance"): a use costs no move. The hand goes
   * on where it stopped: from the front each time it would pass over all the holes that earlier ones left.
   */
  #evict(): void {
    for (;;) {
      const { value: next, done } = this.#hand.next();
      if (done === true) this.#hand = this.#actors.entries();
      else if (next[1].isRecent) next[1].isRecent = false;
      else return void this.#actors.delete(next[0]);
    }
  }
}

/** Tokens grow: what is known never goes back. */
export function raise(known: KnownActor, token: Token): void {
  if (token > known.token) known.token = token;
}

function keyOf({ type, id }: ActorKey): string {
  return `${type}/${id}`;
}
