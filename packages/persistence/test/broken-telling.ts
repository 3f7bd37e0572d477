// Stores of events that are wrong in one way each, in whom they list and what they tell followers, with the case that has
// to say so.
import type { ActorKey, AppendOutcome, StoredAt, Token } from "@aether/persistence";
import { type BrokenStores, Plain } from "./plain-store.ts";

export const brokenTelling: BrokenStores = {
  "lists whom it was asked about": [
    "lists nobody who has no commit",
    class extends Plain {
      override async *list(): AsyncIterable<ActorKey[]> {
        this.assertOpen();
        for (const key of this.log.keys()) {
          const [type, id] = JSON.parse(key) as [string, string];
          yield [{ type, id }];
        }
      }
    },
  ],
  "lists ids as it encodes them": [
    "lists every actor that has a commit once, by its own name",
    class extends Plain {
      override async *list(): AsyncIterable<ActorKey[]> {
        for await (const page of super.list()) yield page.map(({ type, id }) => ({ type, id: encodeURIComponent(id) }));
      }
    },
  ],
  "lists an actor for every commit": [
    "lists every actor that has a commit once, by its own name",
    class extends Plain {
      override async *list(): AsyncIterable<ActorKey[]> {
        for await (const page of super.list()) yield page.flatMap((actor) => this.of(actor).map(() => actor));
      }
    },
  ],
  "lists one page alone": [
    "lists more actors than a page holds",
    class extends Plain {
      override async *list(): AsyncIterable<ActorKey[]> {
        let left = 256;
        for await (const page of super.list()) if (left-- > 0) yield page;
      }
    },
  ],
  "forgets whom it truncated": [
    "lists an actor whose history was truncated",
    class extends Plain {
      override async *list(): AsyncIterable<ActorKey[]> {
        for await (const page of super.list()) yield page.filter((actor) => this.of(actor)[0]?.token === 3);
      }
    },
  ],
  "lists on after close": [
    "throws after it was closed, and other connections go on",
    class extends Plain {
      override async *list(): AsyncIterable<ActorKey[]> {
        if (!this.isClosed) yield* super.list();
      }
    },
  ],
  "drops every tenth piece of news": [
    "tells followers what any connection stores, per actor in order",
    class extends Plain {
      protected override tell(stored: StoredAt): void {
        if (stored.token % 10 !== 0) super.tell(stored);
      }
    },
  ],
  "swaps pieces of news": [
    "tells followers what any connection stores, per actor in order",
    class extends Plain {
      #held: StoredAt | undefined;
      protected override tell(stored: StoredAt): void {
        const held = this.#held;
        this.#held = held || stored.token % 2 === 0 ? undefined : stored;
        if (this.#held === undefined) super.tell(stored);
        if (held) super.tell(held);
      }
    },
  ],
  "tells what its own connection stores alone": [
    "tells followers what any connection stores, per actor in order",
    class extends Plain {
      readonly #own = new Set<(stored: StoredAt) => void>();
      override async follow(listener: (stored: StoredAt) => void): Promise<() => Promise<void>> {
        this.assertOpen();
        this.#own.add(listener);
        return async () => void this.#own.delete(listener);
      }
      protected override tell(stored: StoredAt): void {
        for (const listener of this.#own) listener(stored);
      }
    },
  ],
  "tells the past first": [
    "tells followers what is stored from now on, and nothing that was refused",
    class extends Plain {
      override async follow(listener: (stored: StoredAt) => void): Promise<() => Promise<void>> {
        for (const [key, commits] of this.log) {
          const [type, id] = JSON.parse(key) as [string, string];
          for (const { token } of commits) listener({ actor: { type, id }, token });
        }
        return super.follow(listener);
      }
    },
  ],
  "tells what it refuses": [
    "tells followers what is stored from now on, and nothing that was refused",
    class extends Plain {
      override async append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        const outcome = await super.append(actor, after, bytes);
        if (outcome.type === "conflict") this.tell({ actor, token: after + 3 });
        return outcome;
      }
    },
  ],
  "tells ids as it encodes them": [
    "tells followers the actors by their own names",
    class extends Plain {
      protected override tell({ actor: { type, id }, token }: StoredAt): void {
        super.tell({ actor: { type, id: encodeURIComponent(id) }, token });
      }
    },
  ],
  "tells one follower alone": [
    "tells every follower until it ends",
    class extends Plain {
      override follow(listener: (stored: StoredAt) => void): Promise<() => Promise<void>> {
        this.log.followers.clear();
        return super.follow(listener);
      }
    },
  ],
  "tells on when a follower has ended": [
    "tells every follower until it ends",
    class extends Plain {
      override async follow(listener: (stored: StoredAt) => void): Promise<() => Promise<void>> {
        await super.follow(listener);
        return async () => undefined;
      }
    },
  ],
  "lets a follower that throws fail the append": [
    "goes on, and tells the others, when a follower throws",
    class extends Plain {
      protected override tell(stored: StoredAt): void {
        for (const listener of this.log.followers) listener(stored);
      }
    },
  ],
  "tells nobody behind a follower that throws": [
    "goes on, and tells the others, when a follower throws",
    class extends Plain {
      protected override tell(stored: StoredAt): void {
        try {
          for (const listener of this.log.followers) listener(stored);
        } catch {
          this.warnings++;
        }
      }
    },
  ],
  "lets go of a follower that throws": [
    "goes on, and tells the others, when a follower throws",
    class extends Plain {
      protected override tell(stored: StoredAt): void {
        for (const listener of this.log.followers) {
          try {
            listener(stored);
          } catch {
            this.log.followers.delete(listener);
          }
        }
      }
    },
  ],
  "tells on when it is closed": [
    "ends its followers when it is closed",
    class extends Plain {
      override close = async () => void (this.isClosed = true);
    },
  ],
};
