// The tokens of this package: what it provides to the kernel, and what it asks of others.
import { type Durability, type Port, port } from "@aether/actor";
import type { ActorKey } from "./contracts/event-store.ts";

/** Keeps the state of `EventSourcedActor`s; provided by `persistence()`. */
export const eventSourcing: Port<Durability> = port<Durability>("event-sourcing");

/** A process that writes: its node and which start of that node. */
export interface Writer {
  readonly node: string;
  readonly epoch: number;
}

/** Who this process is as a writer, and who can no longer write. A cluster provides it. */
export interface Writers {
  readonly current: Writer;
  /** Whether it is certain that this writer appends nothing any more. In doubt: false. */
  isGone(writer: Writer): boolean;
  /**
   * Settles once this process knows as much as that writer did of who owns what. It is asked before an actor is taken over
   * from a writer that may be alive: whoever is behind would take it from its owner, which does not hear of that and goes on
   * showing what it had. The incarnation may be over by then. Without it nobody waits.
   */
  caughtUpWith?(writer: Writer): Promise<void>;
  /**
   * Whether another writer may be about to store the first commit of this actor. It is asked where a history is empty, which
   * names nobody to take over from: without an empty commit of its own this process would go on showing the beginning.
   * Without it nobody may.
   */
  mayHaveOther?(actor: ActorKey): boolean;
}

/** Without a provider every start is a writer of its own, and nobody is known to be gone. */
export const writers: Port<Writers> = port<Writers>("writers");
