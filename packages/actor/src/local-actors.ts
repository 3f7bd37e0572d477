// The actors of this node: finds or makes the cell of an address, and moves actors out when they no longer belong here.
import type { ActorAddress, ActorType } from "./address.ts";
import { Cell } from "./cell.ts";
import type { Envelope } from "./envelope.ts";
import { Undelivered, UnknownActorType } from "./errors.ts";
import type { HostedType } from "./hosted-type.ts";
import { type Kernel, refuse, returnToSender } from "./kernel.ts";
import { abandon, passivate } from "./leaving.ts";
import type { LocalActors } from "./plugin.ts";

export class CellRegistry implements LocalActors {
  readonly types: ReadonlyMap<ActorType, HostedType>;
  readonly #kernel: Kernel;
  /** Nothing that an actor gives back is put to another incarnation any more. */
  isStopping = false;
  #isClosed = false;

  constructor(kernel: Kernel, types: ReadonlyMap<ActorType, HostedType>) {
    this.#kernel = kernel;
    this.types = types;
  }

  deliver(envelope: Envelope): void {
    const { to } = envelope;
    if (this.#isClosed) return returnToSender(this.#kernel, envelope, new Undelivered(to.toString(), "leaving"));
    const hosted = this.types.get(to.type);
    if (hosted === undefined) {
      return refuse(this.#kernel, envelope, new UnknownActorType(to.type, [...this.types.keys()]));
    }
    (hosted.cells.get(to.id) ?? this.#create(hosted, to)).enqueue(envelope);
  }

  counts(): Record<ActorType, number> {
    return Object.fromEntries([...this.types].map(([type, hosted]) => [type, hosted.cells.size]));
  }

  async release(matching: (address: ActorAddress) => boolean): Promise<void> {
    await Promise.all(this.#select(matching).map(passivate));
  }

  abandon(matching: (address: ActorAddress) => boolean): void {
    for (const cell of this.#select(matching)) abandon(cell, { reason: "incarnation-lost", isProven: false });
  }

  reopenGates(): void {
    for (const cell of this.#select(() => true)) cell.reopenGate();
  }

  /** Lets all actors go, also those that the turns of the others have woken meanwhile. */
  async stop(): Promise<void> {
    this.isStopping = true;
    while (!this.#isClosed && this.#select(() => true).length > 0) await this.release(() => true);
  }

  /** No new incarnation from here on. */
  close(): void {
    this.#isClosed = true;
  }

  #create(hosted: HostedType, address: ActorAddress): Cell {
    const cell = new Cell(this.#kernel, hosted, address);
    hosted.cells.set(address.id, cell);
    cell.schedule();
    return cell;
  }

  #select(matching: (address: ActorAddress) => boolean): Cell[] {
    return [...this.types.values()].flatMap((hosted) =>
      [...hosted.cells.values()].filter((cell) => matching(cell.address)),
    );
  }
}
