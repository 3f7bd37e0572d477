// The tokens of this package: what it provides to the kernel, and what it asks of others.
import { type Durability, type Port, port } from "@aether/actor";

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
}

/** Without a provider every start is a writer of its own, and nobody is known to be gone. */
export const writers: Port<Writers> = port<Writers>("writers");
