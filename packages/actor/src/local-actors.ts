// The actors of this node: finds or makes the cell of an address, and moves actors out when they no longer belong here.
import type { ActorClass } from "./actor-class.ts";
import { type ActorOptions, settleOptions } from "./actor-options.ts";
import { ActorAddress, type ActorId, type ActorType } from "./address.ts";
import { Cell } from "./cell.ts";
import { drain } from "./draining.ts";
import type { Envelope } from "./envelope.ts";
import { ActorStopped, Undelivered, UnknownActorType, UnknownCommand } from "./errors.ts";
import { HostedType, type HostOptions } from "./hosted-type.ts";
import { type Kernel, refuse, returnToSender } from "./kernel.ts";
import type { Interceptors } from "./interceptors.ts";
import type { LocalActors } from "./plugin.ts";
import { makeRoom, sweep } from "./sweeping.ts";
import type { Notify } from "./watching.ts";

export interface RegistryParts {
  readonly kernel: Kernel;
  readonly types: ReadonlyMap<ActorType, HostedType>;
  readonly systemOptions: ActorOptions;
  readonly interceptors: Interceptors;
}

export class CellRegistry implements LocalActors {
  readonly types: ReadonlyMap<ActorType, HostedType>;
  readonly #kernel: Kernel;
  readonly #systemOptions: ActorOptions;
  /** Types of children that are not hosted here for themselves. */
  readonly #childTypes = new Map<ActorClass, HostedType>();
  readonly #interceptors: Interceptors;
  readonly #sweeps: (() => void)[] = [];
  /** Nothing that an actor gives back is put to another incarnation any more. */
  isStopping = false;
  #isClosed = false;

  constructor(parts: RegistryParts) {
    this.#kernel = parts.kernel;
    this.types = parts.types;
    this.#systemOptions = parts.systemOptions;
    this.#interceptors = parts.interceptors;
  }

  /** Puts what interceptors there are now around the commands of all types. */
  intercept(): void {
    for (const hosted of this.#allTypes()) hosted.intercept(this.#interceptors);
  }

  /** From now on idle actors leave. */
  start(): void {
    for (const hosted of this.types.values()) {
      if (Number.isFinite(hosted.options.idleMs)) this.#sweeps.push(sweep(hosted));
    }
  }

  deliver(envelope: Envelope): void {
    const { to } = envelope;
    if (to.parent !== undefined) return this.#deliverToChild(envelope);
    if (this.#isClosed) return returnToSender(this.#kernel, envelope, new Undelivered(to.toString(), "leaving"));
    const hosted = this.types.get(to.type);
    if (hosted === undefined) {
      return refuse(this.#kernel, envelope, new UnknownActorType(to.type, [...this.types.keys()]));
    }
    let cell = hosted.cells.get(to.id);
    if (cell === undefined && hosted.methodOf(envelope.command) === undefined) {
      return refuse(this.#kernel, envelope, new UnknownCommand(to.type, envelope.command)); // no actor awakes for that
    }
    cell ??= this.#create(hosted, to);
    to.resident = cell;
    cell.enqueue(envelope);
  }

  /** That of the actor in memory, which knows where it is; else a new one. @throws InvalidActorId (`ACTOR_INVALID_ID`) */
  addressOf(type: ActorType, id: ActorId): ActorAddress {
    return this.types.get(type)?.cells.get(id)?.address ?? new ActorAddress(type, id);
  }

  #deliverToChild(envelope: Envelope): void {
    const child = envelope.to.resident;
    if (child !== undefined && !child.isGone) child.enqueue(envelope);
    else refuse(this.#kernel, envelope, new ActorStopped(envelope.to.toString(), "it is not there any more"));
  }

  counts(): Record<ActorType, number> {
    const counts: Record<ActorType, number> = {};
    for (const { info, resident } of this.#allTypes()) {
      counts[info.type] = (counts[info.type] ?? 0) + resident;
    }
    return counts;
  }

  /** Of the actors in memory, without children. */
  addresses(): ActorAddress[] {
    return this.#select(() => true).map(({ address }) => address);
  }

  waiting(): number {
    return this.#select(() => true).reduce((sum, { waiting }) => sum + waiting, 0);
  }

  async release(matching: (address: ActorAddress) => boolean): Promise<void> {
    const cells = this.#select(matching);
    for (const cell of cells) cell.leave({ type: "passivate", isMoving: true });
    for (const cell of cells) if (!cell.isGone) await cell.gone();
  }

  abandon(matching: (address: ActorAddress) => boolean): void {
    for (const cell of this.#select(matching)) cell.abandon({ reason: "incarnation-lost", isProven: false });
  }

  activate(address: ActorAddress): void {
    const hosted = this.types.get(address.type);
    if (hosted === undefined || this.isStopping || this.#isClosed) return;
    const cell = hosted.cells.get(address.id) ?? this.#create(hosted, address);
    cell.ownTies().isKept = true;
  }

  reopenGates(): void {
    for (const cell of this.#select(() => true).flatMap(family)) cell.reopenGate();
  }

  watch(address: ActorAddress, notify: Notify): () => void {
    const isChild = address.parent !== undefined;
    const cell = isChild ? (address.resident as Cell) : this.types.get(address.type)?.cells.get(address.id);
    if (cell === undefined || cell.isGone) {
      notify("not-active");
      return () => undefined;
    }
    const watchers = (cell.ownTies().watchers ??= new Set());
    watchers.add(notify);
    return () => void watchers.delete(notify);
  }

  /** @throws TypeError or RangeError for options that make no sense */
  createChild(parent: Cell, name: string | number, actorClass: ActorClass, chosen: HostOptions | undefined): Cell {
    const hosted = this.#typeOfChildren(actorClass);
    const child = new Cell(hosted, name, parent);
    if (chosen !== undefined) this.#choose(child, chosen);
    hosted.resident++;
    return child;
  }

  /** What waits is handled, as far as that takes no longer than `isLate` says. */
  async drain(isLate: () => boolean): Promise<void> {
    for (const end of this.#sweeps.splice(0)) end();
    await drain(() => this.#select(() => true).flatMap(family), isLate);
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
    if (hosted.cells.size >= hosted.options.maxResident) makeRoom(hosted);
    const cell = new Cell(hosted, address);
    hosted.resident++;
    hosted.cells.set(address.id, cell);
    cell.schedule();
    return cell;
  }

  #choose(child: Cell, chosen: HostOptions): void {
    child.create = chosen.create;
    const { mailboxCapacity, hookTimeoutMs, supervision } = chosen;
    if (mailboxCapacity === undefined && hookTimeoutMs === undefined && supervision === undefined) return;
    const { info, chosen: hostOptions } = child.hosted;
    child.ownTies().options = settleOptions(info, { ...hostOptions, ...defined(chosen) }, this.#systemOptions);
  }

  /** Those of a class that is hosted too are made in the same way. */
  #typeOfChildren(actorClass: ActorClass): HostedType {
    const known = this.#childTypes.get(actorClass) ?? this.types.get(actorClass.type);
    if (known?.info.actorClass === actorClass) return known;
    const made = new HostedType(this.#kernel, actorClass, this.#systemOptions);
    made.settle(undefined);
    made.intercept(this.#interceptors);
    this.#childTypes.set(actorClass, made);
    return made;
  }

  #allTypes(): HostedType[] {
    return [...this.types.values(), ...this.#childTypes.values()];
  }

  #select(matching: (address: ActorAddress) => boolean): Cell[] {
    return [...this.types.values()].flatMap((hosted) =>
      [...hosted.cells.values()].filter((cell) => matching(cell.address)),
    );
  }
}

/** Without those that are there but undefined. */
function defined(options: HostOptions): HostOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** An actor and all that it spawned. */
function family(cell: Cell): Cell[] {
  return [cell, ...(cell.ties?.children?.list() ?? []).flatMap(family)];
}
