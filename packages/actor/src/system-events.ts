// What happens in the runtime, as typed facts. Logging, metrics and tools subscribe; publishing without a listener costs
// one comparison. Packages add their own facts by augmenting `SystemEventTypes`.

/** Name of each fact and the data that comes with it. */
export interface SystemEventTypes {
  "system-started": { readonly system: string };
  "system-stopped": { readonly system: string };
  "actor-activated": { readonly address: string; readonly tookMs: number };
  "actor-passivated": { readonly address: string };
  /** A handler threw something that is no `Rejection`; the actor restarts. */
  "actor-failed": { readonly address: string; readonly command: string; readonly error: unknown };
  "activation-failed": { readonly address: string; readonly error: unknown };
  /** The incarnation lost its fence; another writer has taken over. */
  "incarnation-lost": { readonly address: string; readonly reason: string };
  "dead-letter": { readonly address: string; readonly command: string; readonly reason: string };
  "listener-failed": { readonly during: string; readonly error: unknown };
}

export type SystemEventType = keyof SystemEventTypes;
/** How loudly a fact is logged, where its publisher has a say. */
export type LogLevel = "debug" | "info" | "warn" | "error";
export type SystemEvent = {
  [T in SystemEventType]: { readonly type: T; readonly level?: LogLevel } & SystemEventTypes[T];
}[SystemEventType];
export type SystemEventListener = (event: SystemEvent) => void;

export class SystemEventBus {
  #listeners: readonly SystemEventListener[] = [];

  get hasListeners(): boolean {
    return this.#listeners.length > 0;
  }

  /** Calls the listener for every fact from now on, synchronously; returns how to end that. */
  subscribe(listener: SystemEventListener): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** A listener that throws is reported as `listener-failed` to the others and disturbs nothing. */
  publish(event: SystemEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        if (event.type !== "listener-failed") this.publish({ type: "listener-failed", during: event.type, error });
      }
    }
  }
}
