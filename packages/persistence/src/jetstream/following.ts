// Tells what is stored in a set of streams, as it is stored: one consumer per stream however many listen, and none while
// nobody does. A hint for caches: it carries no contents.
import type { Link } from "@aether/nats";
import type { ActorKey, StoredAt } from "../contracts/event-store.ts";
import { followerOf } from "../following.ts";
import type { FollowedMessage } from "./pushed-consumer.ts";
import { StreamFollower } from "./stream-follower.ts";

export interface FollowersParts {
  readonly link: Link;
  readonly streams: readonly string[];
  readonly actorOf: (subject: string) => ActorKey;
  /** Hears of everything before any listener does. */
  readonly onStored: (stored: StoredAt) => void;
  readonly warn: (message: string) => void;
}

export class Followers {
  readonly #parts: FollowersParts;
  readonly #listeners = new Set<(stored: StoredAt) => void>();
  #running: Promise<readonly StreamFollower[]> | undefined;

  constructor(parts: FollowersParts) {
    this.#parts = parts;
  }

  /** Resolves when what is stored from now on will be told. */
  async add(listener: (stored: StoredAt) => void): Promise<() => Promise<void>> {
    const entry = followerOf(listener, this.#parts.warn);
    this.#listeners.add(entry);
    try {
      await (this.#running ??= this.#start());
    } catch (error) {
      await this.#remove(entry);
      throw error;
    }
    return () => this.#remove(entry);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#stop();
  }

  async #remove(entry: (stored: StoredAt) => void): Promise<void> {
    this.#listeners.delete(entry);
    if (this.#listeners.size === 0) await this.#stop();
  }

  async #start(): Promise<readonly StreamFollower[]> {
    const { link, streams, warn } = this.#parts;
    const tell = ({ subject, sequence }: FollowedMessage): void => this.#tell(subject, sequence);
    const followers = streams.map((stream) => new StreamFollower({ link, stream, headersOnly: true, tell, warn }));
    try {
      await Promise.all(followers.map((follower) => follower.start()));
    } catch (error) {
      await Promise.all(followers.map((follower) => follower.stop()));
      throw error;
    }
    return followers;
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    const followers = await (running ?? Promise.resolve([])).catch(() => []); // whoever started it was told why it failed
    await Promise.all(followers.map((follower) => follower.stop()));
  }

  #tell(subject: string, token: number): void {
    const { actorOf, onStored } = this.#parts;
    const stored = { actor: actorOf(subject), token };
    onStored(stored);
    for (const listener of this.#listeners) listener(stored);
  }
}
