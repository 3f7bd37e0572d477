// The base class of durable actors. Its state is a fold of its events and of nothing else.
import { Actor, type ActorBase, type HookNames, type KernelHooks } from "@aether/actor";
import { eventSourcing } from "./ports.ts";
import type { DomainEvent, EventMeta } from "./events.ts";

/** What `persist` and `durable` reach: the durable side of the incarnation. */
export interface TurnChanges {
  persist(events: readonly DomainEvent[]): void;
  sealAndWait(): Promise<void>;
}

type Hooks = "apply" | "persist" | "durable" | "snapshot" | "restore" | KernelHooks;

let bind: (actor: EventSourcedActor<DomainEvent>, changes: TurnChanges) => void;

/**
 * An actor whose history is stored. Needs `static type`, `static events` and `apply`; `static snapshots` (a policy) and
 * `static snapshotVersion` (default 1) are optional.
 */
export abstract class EventSourcedActor<E extends DomainEvent> extends Actor {
  static override readonly "~base": ActorBase = {
    name: "EventSourcedActor",
    hooks: ["apply", "persist", "durable", "snapshot", "restore"],
    durability: eventSourcing,
  };
  declare readonly "~hooks": HookNames<Hooks>;
  #changes: TurnChanges | undefined;

  static {
    bind = (actor, changes) => {
      actor.#changes = changes;
    };
  }

  /** The fold of all events; set its initial value in the field. Only `apply` and `restore` change it. */
  abstract state: unknown;

  /** Folds one event into the state: no clock, no chance, no I/O, no throw. The event is frozen. */
  abstract apply(event: E, meta: EventMeta): void;

  /**
   * Adds events to the open turn, applies them, and returns the state. Nobody outside learns of it before they are durable.
   * Code that a handler started and did not await persists into whatever turn is open when it runs: await it all.
   * @throws CommitTooLarge (`PERSISTENCE_COMMIT_TOO_LARGE`), UnknownEvent (`PERSISTENCE_UNKNOWN_EVENT`), NoOpenTurn
   * (`PERSISTENCE_NO_OPEN_TURN`), IncarnationLost (`PERSISTENCE_INCARNATION_LOST`), TypeError for values that JSON would change
   */
  protected persist(...events: E[]): this["state"] {
    this.#opened.persist(events);
    return this.state;
  }

  /**
   * Seals what the turn persisted so far and waits until it, and all that it has seen, is durable. It splits the command
   * on purpose: what was told before it leaves once it is durable; a throw behind it, or the end of the process, undoes only what follows. Such a command is not done from its
   * beginning again: a repeat is refused with CommandInterrupted (`PERSISTENCE_COMMAND_INTERRUPTED`). What the handler
   * returns, a `Rejection` too, is what repeats get, even if nothing was persisted behind the split; not guaranteed then is
   * that this is stored when the caller gets its reply.
   * @throws IncarnationLost (`PERSISTENCE_INCARNATION_LOST`), CommitTooLarge (`PERSISTENCE_COMMIT_TOO_LARGE`)
   */
  protected durable(): Promise<void> {
    return this.#opened.sealAndWait();
  }

  /** The stored form of the state: plain JSON values. @default the state itself */
  snapshot(): unknown {
    return this.state;
  }

  /** Takes back what `snapshot` gave. @param version the `snapshotVersion` of the class that made it */
  restore(data: unknown, _version: number): void {
    this.state = data;
  }

  get #opened(): TurnChanges {
    if (this.#changes !== undefined) return this.#changes;
    throw new TypeError(`${this.constructor.name}: persist and durable work inside a command, not in the constructor.`);
  }
}

export function bindChanges(actor: EventSourcedActor<DomainEvent>, changes: TurnChanges): void {
  bind(actor, changes);
}
