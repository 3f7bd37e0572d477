// The nodes of a run, whatever they are made of: processes over NATS, or logical nodes in this process.
import type { ActorSystem } from "@aether/actor";
import type { KilledServer } from "./nats-servers.ts";
import type { NodeStats } from "./node-stats.ts";
import type { Stop } from "./stop.ts";

export interface Fleet {
  readonly mode: "nats" | "in-process";
  readonly names: readonly string[];
  /** A node of the same cluster that hosts nothing: the feeder's. */
  readonly client: ActorSystem;
  /** Among others that have work: it takes its share of it bit by bit. */
  start(name: string): Promise<void>;
  /** All nodes, while none is there. @param snapshots whether recovery may use them @default true */
  startAll(options?: { readonly snapshots: boolean }): Promise<void>;
  /** The hard way: without a word to anybody. */
  kill(name: string): Promise<void>;
  /** In order: the node lets its actors go and leaves. */
  stop(name: string): Promise<void>;
  stats(name: string): Promise<NodeStats>;
  /** Absent where nodes and servers are no processes. */
  readonly processes?: ProcessFaults;
  /** Commits and snapshots written since the start, by all nodes. */
  written(): Promise<{ readonly commits: number; readonly snapshots: number }>;
  /** Ends everything that it started. Safe at any moment, also twice. */
  close(): Promise<void>;
}

/** What can be done to processes alone. */
export interface ProcessFaults {
  /** SIGSTOP: the node does nothing until it is resumed, and knows nothing of that. */
  pause(name: string): void;
  resume(name: string): void;
  /** SIGKILL for the nats-server that leads the stream of the events. */
  killLeader(): Promise<KilledServer>;
}

/** What a fleet needs of the run: it hears when it is to stop starting, and tells when a node is lost. */
export interface FleetParts extends Stop {
  readonly say: (line: string) => void;
}
