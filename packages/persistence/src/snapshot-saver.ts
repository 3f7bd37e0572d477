// Saves captured states, one at a time, in the background. Saving is fenced, so that an older snapshot never stands behind
// a newer one, and it never fails a command: what goes wrong is tried again, then counted and reported.
import type { Codecs } from "./codec.ts";
import type { Place } from "./commit-format.ts";
import type { ActorKey, AppendOutcome, Token } from "./contracts/event-store.ts";
import { SnapshotTooLarge } from "./errors.ts";
import type { Trimmer } from "./retention.ts";
import { backoff, type Services } from "./services.ts";
import {
  type CapturedState,
  encodeCompressed,
  encodeSnapshot,
  isBodyOver,
  type SnapshotHeader,
  readSnapshotHeader,
} from "./snapshot-format.ts";
import type { SnapshotReason } from "./snapshot-policy.ts";

export interface SaverHost {
  readonly key: ActorKey;
  readonly name: string;
  readonly services: Services;
  readonly schema: number;
  readonly codecs: Codecs;
  /** Where events are deleted that snapshots cover. */
  readonly trimmer: Trimmer | undefined;
}

export type SaveOutcome = "saved" | "outdated" | "failed";

const maxTries = 5;

export class SnapshotSaver {
  readonly #host: SaverHost;
  /** Token of the newest stored snapshot. */
  fence: Token = 0;

  constructor(host: SaverHost) {
    this.#host = host;
  }

  /** @param at the commit that made this version, and when the state was captured. Never rejects. */
  async save(
    captured: CapturedState & { readonly reason: SnapshotReason },
    at: Place & { readonly time: number },
  ): Promise<SaveOutcome> {
    const { services, key, schema, codecs, trimmer } = this.#host;
    const { version, reason } = captured;
    const began = services.clock.now();
    try {
      const bytes = await this.#encode({ actor: key, version, schema, codec: codecs.name, ...at }, captured);
      const outcome = await this.#store(version, bytes);
      if (outcome === "outdated") services.metrics.outdated++;
      else this.#saved(version, { bytes: bytes.length, tookMs: services.clock.now() - began, reason });
    } catch (error) {
      this.failed(version, error);
      return "failed";
    }
    await trimmer?.afterSave(at);
    return "saved";
  }

  #encode(header: SnapshotHeader, captured: CapturedState): Uint8Array | Promise<Uint8Array> {
    const { compressSnapshots } = this.#host.services;
    const isLarge = compressSnapshots !== false && isBodyOver(captured, compressSnapshots.overBytes);
    return isLarge ? encodeCompressed(header, captured) : encodeSnapshot(header, captured);
  }

  failed(version: number, error: unknown): void {
    const { services, name } = this.#host;
    services.metrics.failed++;
    if (error instanceof SnapshotTooLarge) services.metrics.tooLarge++;
    services.events.publish({ type: "snapshot-failed", address: name, version, error });
  }

  #saved(version: number, what: { bytes: number; tookMs: number; reason: SnapshotReason }): void {
    const { metrics, events } = this.#host.services;
    metrics.saved++;
    metrics.bytes += what.bytes;
    metrics.saveMs += what.tookMs;
    events.publish({ type: "snapshot-saved", address: this.#host.name, version, ...what });
  }

  async #store(version: number, bytes: Uint8Array): Promise<SaveOutcome> {
    const { services, name } = this.#host;
    const { maxSnapshotBytes } = services.stores.snapshots.limits;
    if (bytes.length > maxSnapshotBytes) throw new SnapshotTooLarge(name, bytes.length, maxSnapshotBytes);
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#try(version, bytes, attempt);
      if (outcome === "saved" || outcome === "outdated") return outcome;
      if (attempt >= maxTries || services.background.isOver) throw new Error(`not saved after ${attempt} tries`);
      await backoff(services, attempt);
    }
  }

  /** `undefined`: to be tried again. */
  async #try(version: number, bytes: Uint8Array, attempt: number): Promise<SaveOutcome | undefined> {
    const { services, key } = this.#host;
    let outcome: AppendOutcome;
    try {
      outcome = await services.stores.snapshots.save(key, this.fence, bytes);
      if (outcome.type === "conflict") return (await this.#isOutdated(version)) ? "outdated" : undefined;
    } catch (error) {
      if (attempt >= maxTries) throw error;
      return undefined;
    }
    if (outcome.type === "rejected") throw new Error(`the store refused it: ${outcome.reason}`);
    this.fence = outcome.token;
    return "saved";
  }

  /** Somebody else has saved: newer than ours, or older and then ours goes behind it. */
  async #isOutdated(version: number): Promise<boolean> {
    const { services, key, name, schema } = this.#host;
    const newest = await services.stores.snapshots.load(key);
    this.fence = newest?.token ?? 0;
    if (newest === undefined) return false;
    try {
      const other = readSnapshotHeader(newest.bytes, key, name);
      return other.version > version || (other.version === version && other.schema >= schema);
    } catch {
      return false; // unreadable: ours is better
    }
  }
}
