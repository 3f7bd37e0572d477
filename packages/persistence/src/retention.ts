// Deletes events that snapshots cover, where a class or the system asks for it. Guards: only up to the oldest kept snapshot
// that was read back and can be used, never what is younger than ten minutes (an append whose outcome is unknown may still
// be settled by looking at it), and by the store's own contract never the last commit: it is the fence.
import type { ActorClass } from "@aether/actor";
import type { Token } from "./contracts/event-store.ts";
import { checkOptionNames } from "./option-names.ts";
import type { Services } from "./services.ts";
import { examine, type SnapshotReader } from "./snapshot-search.ts";

export interface Retention {
  /** Whether events are deleted once the oldest kept snapshot covers them. `history()` then begins later. @default false */
  readonly deleteEvents?: boolean;
  /** Younger events stay, in milliseconds; at least 600,000. @default 600,000 */
  readonly minAgeMs?: number;
}

export type SettledRetention = Required<Retention>;

export const leastAgeMs = 600_000;
const defaults: SettledRetention = Object.freeze({ deleteEvents: false, minAgeMs: leastAgeMs });
const optionNames = Object.keys(defaults);

/** What the class says goes before what the system says. @throws TypeError or RangeError naming the option */
export function settleRetention(actorClass: ActorClass, system: Retention | undefined): SettledRetention {
  const own = (actorClass as { readonly retention?: unknown }).retention;
  if (own !== undefined) checkRetention(`${actorClass.name}: static retention`, own);
  return { ...defaults, ...system, ...(own as Retention | undefined) };
}

export function checkRetention(owner: string, retention: unknown): void {
  if (typeof retention !== "object" || retention === null) {
    throw new TypeError(`${owner} is a ${typeof retention}; use an object such as { deleteEvents: true }.`);
  }
  const { deleteEvents, minAgeMs } = retention as { deleteEvents?: unknown; minAgeMs?: unknown };
  checkOptionNames(owner, retention, optionNames);
  if (deleteEvents !== undefined && typeof deleteEvents !== "boolean") {
    throw new TypeError(`${owner}: deleteEvents is a ${typeof deleteEvents}; use true or false.`);
  }
  if (minAgeMs !== undefined && !(typeof minAgeMs === "number" && minAgeMs >= leastAgeMs)) {
    throw new RangeError(`${owner}: minAgeMs is ${JSON.stringify(minAgeMs)}; use a number from ${leastAgeMs}.`);
  }
}

/** A moment of the history: every commit up to the token was made by then. */
interface Mark {
  readonly token: Token;
  /** Wall clock. */
  readonly time: number;
}

/** What was saved was durable: it cannot be ahead. */
const everything = { head: Number.MAX_SAFE_INTEGER, version: Number.MAX_SAFE_INTEGER };

export interface TrimmerHost extends SnapshotReader {
  readonly services: Services;
  readonly retention: SettledRetention;
}

/** Of one incarnation. */
export class Trimmer {
  readonly #host: TrimmerHost;
  readonly #marks = new Map<number, Mark>();
  #isTrimmed: Token = 0;

  constructor(host: TrimmerHost) {
    this.#host = host;
  }

  /** A snapshot stands at this moment. Never rejects. */
  async afterSave(mark: Mark): Promise<void> {
    const { services, key, name } = this.#host;
    this.#note(mark);
    try {
      const upTo = this.#oldEnough(await this.#oldestVerified());
      if (upTo <= this.#isTrimmed) return;
      await services.stores.events.truncate(key, upTo + 1);
      this.#isTrimmed = upTo;
      services.metrics.truncations++;
      services.events.publish({ type: "history-truncated", address: name, upTo });
    } catch (error) {
      services.metrics.truncationsFailed++;
      services.events.publish({ type: "truncation-failed", address: name, error });
    }
  }

  /** Read back from the store, whoever saved it; 0 if none can be used. */
  async #oldestVerified(): Promise<Token> {
    const { services, key } = this.#host;
    let oldest: Token = 0;
    let stored = await services.stores.snapshots.load(key);
    for (; stored !== undefined; stored = await services.stores.snapshots.load(key, stored.token)) {
      const { snapshot, reason } = examine(this.#host, stored, everything);
      if (snapshot === undefined || reason !== undefined) continue;
      oldest = snapshot.token;
      this.#note(snapshot);
    }
    return oldest;
  }

  /** The last known moment that is old enough, and is covered. */
  #oldEnough(covered: Token): Token {
    const { services, retention } = this.#host;
    const before = services.clock.wall() - retention.minAgeMs;
    let upTo: Token = 0;
    for (const { token, time } of this.#marks.values()) {
      if (time <= before && token <= covered) upTo = Math.max(upTo, token);
    }
    return upTo;
  }

  /** A busy actor saves often: the last moment of each span is enough to know about where ten minutes ago was. */
  #note({ token, time }: Mark): void {
    const spanMs = this.#host.retention.minAgeMs / 16;
    const span = Math.floor(time / spanMs);
    if (token <= (this.#marks.get(span)?.token ?? 0)) return;
    this.#marks.set(span, { token, time });
    for (const old of this.#marks.keys()) if (old < span - 32) this.#marks.delete(old);
  }
}
