// What a plugin is, and what it may reach. Persistence and the cluster are plugins of this very interface.
import type { ActorAddress, ActorType } from "./address.ts";
import type { Clock } from "./clock.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Envelope } from "./envelope.ts";
import type { Interceptor } from "./interceptors.ts";
import type { Logger } from "pino";
import type { Port } from "./port.ts";
import type { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SystemEvents } from "./system-events.ts";
import type { TerminationReason } from "./ties.ts";

export interface Plugin<Api = unknown> {
  /** Unique in a system; errors name it. */
  readonly name: string;
  /** Installed before this one, unless the user lists a plugin of the same name. */
  readonly includes?: readonly Plugin[];
  /** Runs in list order while the system is created; a throw fails `createSystem` and closes what was installed. */
  install(host: PluginHost): Api | Promise<Api>;
  /** Runs once all plugins are installed and every hosted class has been checked. */
  start?(): void | Promise<void>;
  /** Before any actor leaves: refuse new work from outside. */
  drain?(): void | Promise<void>;
  /** After the last actor has left, in reverse order. */
  close?(): void | Promise<void>;
}

/** A factory that `system.use` takes in place of the plugin that it made. */
export interface PluginFactory<Api> {
  readonly api: Port<Api>;
}

export interface PluginHost {
  readonly systemName: string;
  /** Random, new for each start of a system. */
  readonly session: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
  /** Subscriptions made through it end with the plugin. */
  readonly events: SystemEvents;
  readonly log: Logger;
  /** The types that this system hosts. */
  readonly hostedTypes: readonly ActorType[];
  /** @throws PortTaken (`ACTOR_PORT_TAKEN`) naming both plugins. */
  provide<T>(port: Port<T>, value: T): void;
  /** @throws PortMissing (`ACTOR_PORT_MISSING`) naming this plugin. */
  require<T>(port: Port<T>): T;
  find<T>(port: Port<T>): T | undefined;
  /**
   * Stands around the commands of actors, of the named types or of all, until the plugin is removed or the returned function
   * is called. Plugins stand in their order, the first one outermost; so do the interceptors of one plugin.
   */
  intercept(interceptor: Interceptor, types?: readonly ActorType[]): () => void;
  /** Keeps a message that nobody can be told of; it can be looked at and sent again. */
  deadLetter(envelope: Envelope, reason: string, cause?: unknown): void;
  /** What was kept of them on this node. */
  readonly deadLetters: Pick<DeadLetters, "size" | "total" | "list">;
  /** The actors of this node, for plugins that decide where messages go. */
  readonly local: LocalActors;
}

/** The actors of one node as seen by whoever routes messages to them. */
export interface LocalActors {
  /** Puts an envelope into its actor's mailbox, activating the actor if needed; refusals go to the envelope's reply. */
  deliver(envelope: Envelope): void;
  /** Actors in memory, by type. */
  counts(): Readonly<Record<ActorType, number>>;
  /** Messages in their mailboxes; looks at every actor. */
  waiting(): number;
  /** Lets the matching actors finish their turn, flush, and go; what waits for them is undelivered as `leaving`. Settles when they are gone. */
  release(matching: (address: ActorAddress) => boolean): Promise<void>;
  /** Drops the matching actors at once, with all that they held back; nothing of it leaves. What waited is undelivered. */
  abandon(matching: (address: ActorAddress) => boolean): void;
  /** Brings the actor into memory if it is not there, without a message; from then on it does not leave for being idle. */
  activate(address: ActorAddress): void;
  /** Calls back once when the actor leaves this node's memory, at once if it is not in it. @returns how to end the watch */
  watch(address: ActorAddress, notify: (why: TerminationReason) => void): () => void;
  /** Looks at every gate again; for an `OutputPermit` that grants after it had refused. */
  reopenGates(): void;
}

/** Takes the place of local delivery: where a message goes, and what happens to one that could not be delivered. */
export interface Outbound {
  send(envelope: Envelope): void;
  /** The receiver certainly did not do it. Sends it again, now or later, while its deadline allows. */
  resend(envelope: Envelope, why: UndeliveredInfo): void;
  /**
   * Death watch: calls back once when the actor is gone, at once if it is in memory nowhere. Optional: without it, actors
   * that were not spawned cannot be watched. @returns how to end the watch
   */
  watch?(address: ActorAddress, notify: (why: TerminationReason) => void): () => void;
}

export interface UndeliveredInfo {
  readonly reason: string;
  readonly revision: number | undefined;
}

/** Asked at every release of a gate: may anything leave this node now? */
export interface OutputPermit {
  granted(): boolean;
}
