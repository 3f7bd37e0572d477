// What a user's class declares about its history, checked once at start.
import type { ActorClass } from "@aether/actor";
import { EventSourcedActor } from "./event-sourced-actor.ts";
import type { Codecs } from "./codec.ts";
import { type EventStatics, isSchemaVersion, Upcasting } from "./upcasting.ts";
import { defaultPolicy, type SnapshotPolicy } from "./snapshot-policy.ts";

export class EventSourcedClass {
  readonly upcasting: Upcasting;
  readonly codecs: Codecs;
  readonly policy: SnapshotPolicy;
  readonly snapshotVersion: number;
  readonly #migrates: boolean;

  /** @throws TypeError naming what the class lacks and how to add it. */
  constructor(actorClass: ActorClass, codecs: Codecs) {
    const { name, prototype } = actorClass;
    const statics = actorClass as unknown as EventStatics & { snapshots?: unknown; snapshotVersion?: unknown };
    if (typeof prototype.apply !== "function")
      throw new TypeError(`${name} must define apply(event): the fold of its events.`);
    this.upcasting = new Upcasting(name, statics);
    this.codecs = codecs;
    const policy = statics.snapshots ?? defaultPolicy;
    if (typeof policy !== "function") {
      throw new TypeError(
        `${name}: static snapshots is a ${typeof policy}; use a policy such as everyNEvents(100) or hybrid().`,
      );
    }
    this.policy = policy as SnapshotPolicy;
    const version = statics.snapshotVersion ?? 1;
    if (!isSchemaVersion(version)) {
      throw new TypeError(`${name}: static snapshotVersion is ${JSON.stringify(version)}; use a whole number from 1.`);
    }
    this.snapshotVersion = version;
    this.#migrates = prototype.restore !== EventSourcedActor.prototype.restore;
  }

  /** Why a snapshot of this schema cannot be used; `undefined` if it can. */
  refusesSchema(schema: number): string | undefined {
    if (schema === this.snapshotVersion) return undefined;
    if (schema > this.snapshotVersion) return `its schema ${schema} is newer than this code's ${this.snapshotVersion}`;
    return this.#migrates
      ? undefined
      : `its schema ${schema} is older than ${this.snapshotVersion}, and restore() is not overridden`;
  }
}
