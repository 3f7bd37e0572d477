// The snapshots of one incarnation: captured at the end of the turn that makes one due, saved in the background once that
// turn is durable. Saving is fenced and never fails a command.
import { encode } from "@aether/actor";
import type { ActorKey, AppendOutcome, Token } from "./contracts/event-store.ts";
import type { RememberedCommands } from "./remembered-commands.ts";
import { backoff, type Services } from "./services.ts";
import { type CapturedState, decodeSnapshot, encodeSnapshot } from "./snapshot-format.ts";
import type { SinceSnapshot, SnapshotPolicy } from "./snapshot-policy.ts";

export interface SnapshotterHost {
  readonly key: ActorKey;
  readonly name: string;
  readonly services: Services;
  readonly policy: SnapshotPolicy;
  readonly schema: number;
  readonly commands: RememberedCommands;
  snapshot(): unknown;
}

/** The snapshot that recovery began with. */
export interface KnownSnapshot {
  readonly version: number;
  readonly time: number;
  /** Of the newest stored one, usable or not: the fence of the next save. */
  readonly token: Token;
}

const maxTries = 5;

export class Snapshotter {
  readonly #host: SnapshotterHost;
  #version = 0;
  #time: number;
  #fence: Token = 0;
  #bytes = 0;
  #captured: CapturedState | undefined;
  #isSaving = false;
  /** One was due while the one before it was being saved; the next turn captures it. */
  #isOverdue = false;
  #isClosed = false;

  constructor(host: SnapshotterHost) {
    this.#host = host;
    this.#time = host.services.clock.wall();
  }

  startAt(known: KnownSnapshot | undefined, bytesSince: number): void {
    this.#bytes = bytesSince;
    if (known === undefined) return;
    this.#fence = known.token;
    this.#version = known.version;
    this.#time = known.time;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Looks at the policy after a turn that made events; true when the state was captured at this version. */
  afterTurn(version: number, bytes: number): boolean {
    this.#bytes += bytes;
    const { services, policy } = this.#host;
    const events = version - this.#version;
    const since: SinceSnapshot = {
      events,
      bytes: this.#bytes,
      ageMs: services.clock.wall() - this.#time,
      replayMs: events * services.metrics.replayMsPerEvent,
      version,
      snapshotVersion: this.#version,
    };
    try {
      if (!policy(since)) return false;
    } catch (error) {
      this.#failed(version, error); // a policy of the user's own; the turn that it was asked about stands
      return false;
    }
    if (this.#captured === undefined && !this.#isSaving) return this.#capture(version);
    if (!this.#isOverdue) services.metrics.busy++;
    this.#isOverdue = true;
    return false;
  }

  /** The captured state's commit is stored: now it may be saved. */
  committed(version: number, token: Token): void {
    const captured = this.#captured;
    if (captured?.version !== version) return;
    this.#captured = undefined;
    this.#isSaving = true;
    void this.#save(captured, token);
  }

  #capture(version: number): boolean {
    const { services, name, commands } = this.#host;
    this.#version = version;
    this.#time = services.clock.wall();
    this.#bytes = 0;
    this.#isOverdue = false;
    try {
      const state = encode(this.#host.snapshot(), `snapshot of ${name}`);
      this.#captured = { version, state, commands: commands.toJson() };
      return true;
    } catch (error) {
      this.#failed(version, error);
      return false;
    }
  }

  async #save(captured: CapturedState, token: Token): Promise<void> {
    const { services, key, name, schema } = this.#host;
    const began = services.clock.now();
    const header = { actor: key, version: captured.version, token, schema, codec: "json" as const, time: this.#time };
    const bytes = encodeSnapshot(header, captured);
    try {
      const outcome = await this.#store(captured.version, bytes);
      if (outcome === "outdated") services.metrics.outdated++;
      else {
        const tookMs = services.clock.now() - began;
        services.metrics.saved++;
        services.metrics.bytes += bytes.length;
        services.metrics.saveMs += tookMs;
        services.events.publish({
          type: "snapshot-saved",
          address: name,
          version: captured.version,
          bytes: bytes.length,
          tookMs,
        });
      }
    } catch (error) {
      this.#failed(captured.version, error);
    } finally {
      this.#isSaving = false;
    }
  }

  async #store(version: number, bytes: Uint8Array): Promise<"saved" | "outdated"> {
    const { services, key } = this.#host;
    const { maxSnapshotBytes } = services.stores.snapshots.limits;
    if (bytes.length > maxSnapshotBytes) {
      throw new RangeError(`the snapshot takes ${bytes.length} bytes, the store takes ${maxSnapshotBytes}`);
    }
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#try(key, bytes, attempt);
      if (outcome?.type === "committed") {
        this.#fence = outcome.token;
        return "saved";
      }
      if (outcome?.type === "rejected") throw new Error(`the store refused it: ${outcome.reason}`);
      if (outcome?.type === "conflict" && (await this.#isOutdated(version))) return "outdated";
      if (this.#isClosed || attempt >= maxTries) throw new Error(`not saved after ${attempt} tries`);
      await backoff(services, attempt);
    }
  }

  async #try(key: ActorKey, bytes: Uint8Array, attempt: number): Promise<AppendOutcome | undefined> {
    try {
      return await this.#host.services.stores.snapshots.save(key, this.#fence, bytes);
    } catch (error) {
      if (attempt >= maxTries) throw error;
      return undefined;
    }
  }

  /** Somebody else has saved: newer than ours, or older and then ours goes behind it. */
  async #isOutdated(version: number): Promise<boolean> {
    const { services, key, name } = this.#host;
    const newest = await services.stores.snapshots.load(key);
    this.#fence = newest?.token ?? 0;
    try {
      return newest !== undefined && decodeSnapshot(newest.bytes, key, name).version >= version;
    } catch {
      return false; // unreadable: ours is better
    }
  }

  /** The next one is due as if this one had been saved: a state that cannot be saved is not tried at every turn. */
  #failed(version: number, error: unknown): void {
    this.#host.services.metrics.failed++;
    this.#host.services.events.publish({ type: "snapshot-failed", address: this.#host.name, version, error });
  }
}
