// What one node tells about itself: counted where it happens, summed by the launcher.
import type { ActorSystem } from "@aether/actor";
import { persistence, type PersistenceMetrics } from "@aether/persistence";

export interface NodeStats {
  readonly actors: number;
  readonly memoryBytes: number;
  readonly persistence: PersistenceMetrics;
  readonly recovery: RecoveryStats;
}

/** Of actors that had a history when they were recovered. */
export interface RecoveryStats {
  readonly actors: number;
  /** Events that they had. */
  readonly events: number;
  readonly replayed: number;
}

export const noRecovery: RecoveryStats = { actors: 0, events: 0, replayed: 0 };

export function addRecovery(a: RecoveryStats, b: RecoveryStats): RecoveryStats {
  return {
    actors: a.actors + b.actors,
    events: a.events + b.events,
    replayed: a.replayed + b.replayed,
  };
}

/** Starts counting; the returned function reads. */
export function countStats(system: ActorSystem): () => NodeStats {
  let recovery = noRecovery;
  system.events.subscribe((event) => {
    if (event.type !== "actor-recovered" || event.version === 0) return;
    recovery = addRecovery(recovery, { actors: 1, events: event.version, replayed: event.eventsReplayed });
  });
  return () => ({
    actors: Object.values(system.counts()).reduce((sum, count) => sum + count, 0),
    memoryBytes: process.memoryUsage().rss,
    persistence: system.use(persistence).metrics(),
    recovery,
  });
}
