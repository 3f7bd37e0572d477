// The snapshots of one incarnation: captured at a moment without an open turn (the end of the turn that makes one due, of
// recovery, of the actor's time in memory, or of a save that kept one waiting), and handed on to be saved once what they contain is durable.
import type { Place } from "./commit-format.ts";
import type { Token } from "./contracts/event-store.ts";
import type { SnapshotAge } from "./metrics.ts";
import type { Recovered } from "./recovering.ts";
import type { RememberedCommands } from "./remembered-commands.ts";
import type { CapturedState } from "./snapshot-format.ts";
import {
  decide,
  isWorthLeaving,
  noSnapshots,
  type SnapshotPolicy,
  type SnapshotReason,
  spreadOf,
} from "./snapshot-policy.ts";
import { SnapshotSaver, type SaverHost } from "./snapshot-saver.ts";

export interface SnapshotterHost extends SaverHost {
  readonly policy: SnapshotPolicy;
  readonly commands: RememberedCommands;
  snapshot(): unknown;
  /** The commit that made the present version; `undefined` while a turn is open or events wait for the store. */
  restingAt(): Place | undefined;
}

/** The snapshot that recovery began with. */
export interface KnownSnapshot {
  readonly version: number;
  /** Wall clock; `undefined`: none could be used. */
  readonly time: number | undefined;
  /** Of the newest stored one, usable or not: the fence of the next save. */
  readonly token: Token;
  /** `snapshotVersion` of the newest one that can be read. */
  readonly newestSchema: number | undefined;
}

/** What policies count from. */
interface Base {
  readonly version: number;
  /** Wall clock; of the incarnation's beginning, if there is no snapshot. */
  readonly time: number;
  /** Of events since then. */
  bytes: number;
}

/** What is worth a snapshot although nothing has changed: recovery was slow, or begins to lie far back. */
const shownByRecovery: readonly (SnapshotReason | undefined)[] = ["schema", "age", "replay"];

const firstPauseMs = 1_000;
const longestPauseMs = 300_000;

export class Snapshotter implements SnapshotAge {
  readonly #host: SnapshotterHost;
  readonly #saver: SnapshotSaver;
  readonly #spread: number;
  #base: Base;
  /** What `#base` was before a snapshot that is not saved yet. */
  #before: Base | undefined;
  #hasSnapshot = false;
  #version = 0;
  #captured: (CapturedState & { readonly reason: SnapshotReason }) | undefined;
  #isSaving = false;
  /** One was due while the one before it was being saved: captured by the next turn, or when that is done and all rests. */
  #isOverdue = false;
  /** After a failure none is due before this moment, so that a state that cannot be saved is not tried at every turn. */
  #pausedUntil = 0;
  #pauseMs = firstPauseMs;

  constructor(host: SnapshotterHost) {
    this.#host = host;
    this.#saver = new SnapshotSaver(host);
    this.#spread = spreadOf(`${host.key.type}/${host.key.id}`);
    this.#base = { version: 0, time: host.services.clock.wall(), bytes: 0 };
  }

  get eventsSince(): number {
    return this.#version - this.#base.version;
  }

  get snapshotTime(): number | undefined {
    return this.#hasSnapshot ? this.#base.time : undefined;
  }

  /** After recovery: all is durable. A state that was stored under an older schema is saved under the present one. */
  startAt({ version, snapshot: known, born, bytesReplayed }: Recovered, place: Place): void {
    const { services, schema, policy } = this.#host;
    services.metrics.residents.add(this);
    const bornVersion = born?.[1] ?? 0;
    this.#version = version;
    this.#base = {
      version: known?.version ?? bornVersion,
      time: known?.time ?? services.clock.wall(),
      bytes: bytesReplayed,
    };
    this.#hasSnapshot = known?.time !== undefined;
    this.#saver.fence = known?.token ?? 0;
    const isOlder = known?.newestSchema !== undefined && known.newestSchema < schema;
    const isBumped = isOlder && policy !== noSnapshots && version > bornVersion; // else there is nothing to save
    const reason = isBumped ? "schema" : this.#due();
    if (!shownByRecovery.includes(reason)) return; // a turn that makes events brings it about
    if (this.#capture(reason as SnapshotReason)) this.committed(version, place);
  }

  /** The incarnation is over. What is being saved goes on in the background. */
  close(): void {
    this.#captured = undefined;
    this.#host.services.metrics.residents.delete(this);
  }

  /**
   * Looks at the policy after a turn that made events; true when the state was captured at this version.
   * @param time when the turn began, by the wall clock
   */
  afterTurn(version: number, bytes: number, time: number): boolean {
    this.#version = version;
    this.#base.bytes += bytes;
    const reason = this.#due(time);
    if (reason === undefined) return false;
    if (this.#captured === undefined && !this.#isSaving) return this.#capture(reason);
    if (!this.#isOverdue) this.#host.services.metrics.busy++;
    this.#isOverdue = true;
    return false;
  }

  /** The actor leaves memory, every turn has ended: true when the state was captured. */
  beforeLeaving(): boolean {
    const { policy, services } = this.#host;
    const { eventsSince } = this;
    services.metrics.passivations++;
    services.metrics.eventsAtPassivation += eventsSince;
    const isFree = this.#captured === undefined && !this.#isSaving && !this.#isPaused();
    return isFree && isWorthLeaving(policy, eventsSince) && this.#capture("passivation");
  }

  /** The captured state's commit is stored: now it may be saved. */
  committed(version: number, { token, commit }: Place): void {
    const captured = this.#captured;
    if (captured?.version !== version) return this.catchUp();
    this.#captured = undefined;
    this.#isSaving = true;
    // Not when it was captured: by this moment every commit that it covers had its time.
    const time = this.#host.services.clock.wall();
    this.#host.services.background.run(async () => {
      const outcome = await this.#saver.save(captured, { token, commit, time });
      this.#isSaving = false;
      if (outcome === "failed") this.#undo();
      else this.#hasSnapshot = true;
      if (outcome !== "failed") this.#pauseMs = firstPauseMs;
      this.catchUp();
    });
  }

  /** Makes the one that is overdue, once nothing is being saved and the state is exactly what is stored. */
  catchUp(): void {
    if (!this.#isOverdue || this.#isSaving || this.#captured !== undefined) return;
    const place = this.#host.restingAt();
    if (place === undefined) return;
    this.#isOverdue = false;
    const reason = this.#due();
    if (reason !== undefined && this.#capture(reason)) this.committed(this.#version, place);
  }

  #due(now: number = this.#host.services.clock.wall()): SnapshotReason | undefined {
    const { services, policy } = this.#host;
    const { metrics } = services;
    if (this.#isPaused()) return undefined;
    const { version, bytes, time } = this.#base;
    const events = this.#version - version;
    try {
      const verdict = decide(policy, {
        events,
        bytes,
        ageMs: now - time,
        replayMs: events * metrics.replayMsPerEvent,
        version: this.#version,
        snapshotVersion: version,
        spread: this.#spread,
      });
      if (verdict !== "held-back") return verdict;
      metrics.heldBack++;
    } catch (error) {
      this.#saver.failed(this.#version, error); // a policy of the user's own; the turn that it was asked about stands
    }
    return undefined;
  }

  #capture(reason: SnapshotReason): boolean {
    const { services, name, commands, codecs } = this.#host;
    this.#before = this.#base;
    this.#base = { version: this.#version, time: services.clock.wall(), bytes: 0 };
    this.#isOverdue = false;
    try {
      const state = codecs.encodeState(this.#host.snapshot(), `snapshot of ${name}`);
      this.#captured = { version: this.#version, state, commands: commands.toJson(), reason };
      services.metrics.reasons[reason]++;
      return true;
    } catch (error) {
      this.#saver.failed(this.#version, error);
      this.#undo();
      return false;
    }
  }

  #isPaused(): boolean {
    return this.#pausedUntil > 0 && this.#host.services.clock.now() < this.#pausedUntil;
  }

  /** There is no new snapshot: what is counted is counted from the last one, and the next try is some time off. */
  #undo(): void {
    const before = this.#before;
    if (before !== undefined) this.#base = { ...before, bytes: before.bytes + this.#base.bytes };
    this.#pausedUntil = this.#host.services.clock.now() + this.#pauseMs;
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
  }
}
