// What `cluster({ backend })` needs of an engine: the table, the transport, and the plugins that come with it.
import type { Plugin } from "@aether/actor";
import type { EventBus } from "./event-bus.ts";
import type { MemberTable } from "./member-table.ts";
import type { Transport } from "./transport.ts";

export interface OpenBackend {
  readonly table: MemberTable;
  readonly transport: Transport;
  /** `system.use(cluster).eventBus`; ends with `close`. Absent where the engine stores nothing. */
  readonly eventBus?: EventBus;
  close(): Promise<void>;
}

export interface ClusterBackend {
  readonly name: string;
  /** Installed before the cluster, unless the user lists others of their names. */
  readonly includes: readonly Plugin[];
  open(scope: BackendScope): Promise<OpenBackend>;
}

export interface BackendScope {
  /** Systems of different names never see each other. */
  readonly systemName: string;
  /** Nor do those of different namespaces. */
  readonly namespace?: string | undefined;
  readonly node: string;
  /** Is told what goes wrong in the background. */
  readonly problem: (error: unknown) => void;
  /** Runs a task after the code that asks for it, by the system's scheduler. */
  readonly later: (task: () => void) => void;
  /** The same, at least `delayMs` later. */
  readonly after: (delayMs: number, task: () => void) => void;
}
