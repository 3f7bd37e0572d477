// What happens in the runtime, as typed facts. Logging, metrics and tools subscribe; publishing without a listener costs
// one comparison. Packages add their own facts by augmenting `SystemEventTypes`.

import type { Directive } from "./supervision.ts";

/** Name of each fact and the data that comes with it. */
export interface SystemEventTypes {
  "system-started": { readonly system: string };
  "system-stopped": { readonly system: string };
  /** These actors (20 are named) had not left when the time for it was over: they are given up. */
  "stop-held-up": { readonly actors: readonly string[]; readonly total: number; readonly afterMs: number };
  "actor-activated": { readonly address: string; readonly tookMs: number };
  "actor-passivated": { readonly address: string };
  "actor-stopped": { readonly address: string };
  /** A handler threw something that is no `Rejection`; what its supervision says, and how long a restart waits. */
  "actor-failed": {
    readonly address: string;
    readonly command: string;
    readonly error: unknown;
    readonly directive: Directive;
    readonly delayMs: number;
  };
  /** An actor without parent failed too often, or its supervision says that it cannot go on; it has stopped. */
  "actor-escalated": { readonly address: string; readonly error: unknown };
  /** `onPassivate` or `onStop` threw, or took too long. */
  "hook-failed": { readonly address: string; readonly hook: string; readonly error: unknown };
  /** What `ctx.run` started failed, and nobody asked to be told. */
  "work-failed": { readonly address: string; readonly error: unknown };
  "activation-failed": { readonly address: string; readonly error: unknown };
  /** The incarnation lost its fence; another writer has taken over. */
  "incarnation-lost": { readonly address: string; readonly reason: string };
  "dead-letter": {
    readonly n: number;
    readonly address: string;
    readonly command: string;
    readonly reason: string;
    readonly cause: unknown;
  };
  "listener-failed": { readonly during: string; readonly error: unknown };
}

export type SystemEventType = keyof SystemEventTypes;
/** How loudly a fact is logged, where its publisher has a say. */
export type LogLevel = "debug" | "info" | "warn" | "error";
export type SystemEvent = {
  [T in SystemEventType]: { readonly type: T; readonly level?: LogLevel } & SystemEventTypes[T];
}[SystemEventType];
export type SystemEventListener = (event: SystemEvent) => void;

interface Subscription {
  readonly listener: SystemEventListener;
  readonly wants: (type: SystemEventType) => boolean;
}

/** What plugins and users have of it. */
export type SystemEvents = Pick<SystemEventBus, "isWanted" | "subscribe" | "on" | "publish">;

export class SystemEventBus {
  #subscriptions: readonly Subscription[] = [];

  /** Whether anybody listens to facts of this type: where they are many, an unwanted one need not be made. */
  isWanted(type: SystemEventType): boolean {
    for (const { wants } of this.#subscriptions) if (this.#asks(wants, type)) return true;
    return false;
  }

  /**
   * Calls the listener for every fact from now on, synchronously; returns how to end that.
   * @param wants which types; facts of others may be left out, and need not be. @default all
   */
  subscribe(listener: SystemEventListener, wants: (type: SystemEventType) => boolean = () => true): () => void {
    const subscription = { listener, wants };
    this.#subscriptions = [...this.#subscriptions, subscription];
    return () => {
      this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
    };
  }

  /** Calls the listener for the facts of one type; returns how to end that. */
  on<T extends SystemEventType>(type: T, listener: (event: Extract<SystemEvent, { type: T }>) => void): () => void {
    return this.subscribe(
      (event) => {
        if (event.type === type) listener(event as Extract<SystemEvent, { type: T }>);
      },
      (wanted) => wanted === type,
    );
  }

  /** A listener that throws is reported as `listener-failed` to the others and disturbs nothing. */
  publish(event: SystemEvent): void {
    for (const { listener } of this.#subscriptions) {
      try {
        listener(event);
      } catch (error) {
        if (event.type !== "listener-failed") this.publish({ type: "listener-failed", during: event.type, error });
      }
    }
  }

  /** One that throws gets everything. */
  #asks(wants: Subscription["wants"], type: SystemEventType): boolean {
    try {
      return wants(type);
    } catch (error) {
      this.publish({ type: "listener-failed", during: `wants ${type}`, error });
      return true;
    }
  }
}
