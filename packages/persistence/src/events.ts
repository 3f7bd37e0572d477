// Which events an actor has: the logical names in the store, each with the version of its schema.

export interface DomainEvent {
  readonly type: string;
}

/** For `static readonly events`: one entry per event type, its current schema version (from 1). Leaving one out does not compile. */
export type Events<E extends DomainEvent> = { readonly [T in E["type"]]: number };

/** What `apply` may know besides the event: the same at every replay. */
export interface EventMeta {
  /** Of this actor, from 1, without gaps. */
  readonly version: number;
  /** Milliseconds since the epoch when the command ran. */
  readonly time: number;
}
