// The durable side of one incarnation of an event-sourced actor: opens and ends turns, and hands ended ones to the
// committer. Invariant: the object's state is the fold of all events up to `version`, the open turn's included.
import { type DurableCell, type DurableState, type Envelope, type RepeatedCommand } from "@aether/actor";
import type { Codecs } from "./codec.ts";
import { Committer } from "./committer.ts";
import type { Place } from "./commit-format.ts";
import type { ActorKey } from "./contracts/event-store.ts";
import { DurableWaits } from "./durable-waits.ts";
import { CommitTooLarge, IncarnationLost, NoOpenTurn, OutcomeUnknown, ReplayFailed, UnknownEvent } from "./errors.ts";
import type { EventSourcedActor, TurnChanges } from "./event-sourced-actor.ts";
import type { EventSourcedClass } from "./event-sourced-class.ts";
import type { DomainEvent, EventMeta } from "./events.ts";
import { deepFreeze } from "./freezing.ts";
import { checkInitialState } from "./initial-state.ts";
import { recover } from "./recovering.ts";
import { RememberedCommands } from "./remembered-commands.ts";
import type { Recovery } from "./replaying.ts";
import { type SettledRetention, Trimmer, type TrimmerHost } from "./retention.ts";
import type { Services } from "./services.ts";
import type { UsableSnapshot } from "./snapshot-search.ts";
import { Snapshotter } from "./snapshotter.ts";
import { closeTurn, type OpenTurn, sealTurn, type TurnRecord } from "./turn-record.ts";
import type { Upcasting } from "./upcasting.ts";

export interface StateParts {
  readonly actor: EventSourcedActor<DomainEvent>;
  readonly info: EventSourcedClass;
  readonly cell: DurableCell;
  readonly services: Services;
  readonly retention: SettledRetention;
}

export class EventSourcedState implements DurableState, TurnChanges, Recovery {
  readonly key: ActorKey;
  readonly name: string;
  readonly cell: DurableCell;
  readonly services: Services;
  readonly upcasting: Upcasting;
  readonly codecs: Codecs;
  readonly commands: RememberedCommands;
  version = 0;
  readonly #actor: EventSourcedActor<DomainEvent>;
  readonly #info: EventSourcedClass;
  readonly #committer: Committer;
  readonly #snapshotter: Snapshotter;
  #open: OpenTurn | undefined;
  readonly #durableWaits = new DurableWaits();
  #isClosed = false;
  /** A turn was thrown away: the object is no longer what was stored. */
  #isSpoiled = false;
  /** When `onStart` began: the last stage of an activation. */
  #startedAt: number | undefined;

  constructor({ actor, info, cell, services, retention }: StateParts) {
    this.#actor = actor;
    this.#info = info;
    this.cell = cell;
    this.services = services;
    this.key = cell.address;
    this.name = cell.address.toString();
    this.upcasting = info.upcasting;
    this.codecs = info.codecs;
    this.commands = new RememberedCommands(services.limits.commandHorizon);
    this.#committer = new Committer(this);
    const { key, name, commands } = this;
    const { policy, snapshotVersion: schema } = info;
    this.#snapshotter = new Snapshotter({
      key,
      name,
      services,
      commands,
      policy,
      schema,
      codecs: info.codecs,
      trimmer: retention.deleteEvents ? new Trimmer(this.#trimmed(retention)) : undefined,
      snapshot: () => this.#computing(() => actor.snapshot()),
      restingAt: () => this.#restingAt(),
    });
  }

  get hasUnsealedChanges(): boolean {
    return this.#open !== undefined && this.#open.count > 0;
  }

  async recover(): Promise<void> {
    if (this.services.checkInitialState) {
      checkInitialState(this.#info, this.name, () => this.#computing(() => this.#actor.snapshot()));
    }
    const recovered = await recover(this);
    if (recovered === undefined) return;
    this.version = recovered.version;
    this.#committer.startAt(recovered);
    this.#snapshotter.startAt(recovered, this.#committer.place);
  }

  isOver(): boolean {
    return this.#isClosed;
  }

  apply(event: DomainEvent, meta: EventMeta): void {
    const { cell } = this;
    const before = cell.isFolding;
    cell.isFolding = true;
    try {
      this.#actor.apply(event, meta);
    } finally {
      cell.isFolding = before;
    }
  }

  restore(snapshot: UsableSnapshot): void {
    try {
      this.#computing(() => this.#actor.restore(snapshot.state, snapshot.schema));
    } catch (error) {
      throw new ReplayFailed(this.name, { version: snapshot.version, eventType: "(snapshot)" }, error);
    }
    this.commands.restore(snapshot.commands);
  }

  refusesSchema(schema: number): string | undefined {
    return this.#info.refusesSchema(schema);
  }

  begin(envelope: Envelope): RepeatedCommand | undefined {
    const repeat = this.commands.recall(envelope, this.name);
    if (repeat !== undefined) {
      this.services.metrics.repeatedCommands++;
      return repeat;
    }
    if (envelope.command === "onStart") this.#startedAt = this.services.clock.now();
    const time = this.services.clock.wall();
    const baseVersion = this.version;
    const events = "";
    this.#open = { envelope, time, baseVersion, events, count: 0, bytes: 0, isSplit: false, broken: undefined };
    return undefined;
  }

  persist(events: readonly DomainEvent[]): void {
    const open = this.#openTurn("persist");
    const before = open.count;
    try {
      for (const event of events) this.#persistOne(open, event);
    } catch (error) {
      if (open.count > before) open.broken ??= asError(error); // half of a call is not kept, even if it is caught
      throw error;
    }
  }

  end(outcome: unknown): void {
    const open = this.#open;
    if (open === undefined) return;
    if (open.broken !== undefined) throw open.broken;
    if (open.count > 0 || open.isSplit) this.#keep(open, this.#measured(closeTurn(open, outcome)));
    this.#open = undefined;
    this.#snapshotter.catchUp();
    if (this.#startedAt !== undefined) this.#started(this.#startedAt);
  }

  discard(): boolean {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return false;
    this.version = open.baseVersion;
    const isSpoiled = open.count > 0 || open.broken !== undefined;
    this.#isSpoiled ||= isSpoiled;
    return isSpoiled;
  }

  sealAndWait(): Promise<void> {
    const open = this.#openTurn("durable");
    if (open.broken !== undefined) throw open.broken;
    if (open.count > 0) {
      this.#keep(open, this.#measured(sealTurn(open)));
      open.isSplit = open.envelope.commandId !== undefined;
      open.baseVersion = this.version;
      open.events = "";
      open.count = 0;
      open.bytes = 0;
    }
    const { version } = this;
    this.cell.letGo();
    this.#committer.pump();
    return this.#committer.storedVersion >= version ? Promise.resolve() : this.#durableWaits.until(version);
  }

  doubt({ command, commandId }: Envelope, version: number): Error | undefined {
    return this.#committer.isInDoubt(version) ? new OutcomeUnknown(this.name, command, commandId) : undefined;
  }

  passEnded(): void {
    this.#committer.pump();
  }

  flush(): Promise<void> {
    const { version } = this;
    if (this.cell.leaving !== undefined && !this.#isSpoiled && this.#snapshotter.beforeLeaving()) {
      const { storedVersion, place } = this.#committer;
      if (storedVersion === version) this.#snapshotter.committed(version, place);
    }
    return this.#committer.flush();
  }

  committed(version: number): void {
    this.#snapshotter.committed(version, this.#committer.place);
    this.#durableWaits.stored(version);
  }

  close(): void {
    this.#isClosed = true;
    this.#open = undefined;
    this.#committer.close();
    this.#snapshotter.close();
    this.#durableWaits.fail(() => new IncarnationLost(this.name));
  }

  /** The commit that made the present version: no turn is open, and nothing waits for the store. */
  #restingAt(): Place | undefined {
    const { storedVersion, place } = this.#committer;
    const isMoving = this.#isClosed || this.#isSpoiled || this.#open !== undefined || storedVersion !== this.version;
    return isMoving ? undefined : place;
  }

  #trimmed(retention: SettledRetention): TrimmerHost {
    const { key, name, codecs, services } = this;
    return { key, name, codecs, services, retention, refusesSchema: (schema) => this.refusesSchema(schema) };
  }

  #started(began: number): void {
    const { clock, metrics, events } = this.services;
    this.#startedAt = undefined;
    const tookMs = clock.now() - began;
    metrics.startMs += tookMs;
    events.publish({ type: "actor-started", address: this.name, tookMs });
  }

  #persistOne(open: OpenTurn, event: DomainEvent): void {
    if (open.broken !== undefined) throw open.broken;
    const schema = this.upcasting.schemaOf(event.type);
    if (schema === undefined) throw new UnknownEvent(this.name, event.type);
    const entry = this.codecs.encodeEvent(event, schema);
    const bytes = open.bytes + entry.bytes + 1;
    const maxBytes = this.#committer.maxTurnBytes;
    if (bytes > maxBytes) {
      open.broken = new CommitTooLarge(this.name, bytes, maxBytes);
      throw open.broken;
    }
    if (this.services.freezeEvents) deepFreeze(event);
    try {
      this.apply(event, { version: this.version + 1, time: open.time });
    } catch (error) {
      open.broken = asError(error);
      throw error;
    }
    if (open.broken !== undefined) throw open.broken; // it has persisted, and caught the refusal
    this.version++;
    open.events = open.count === 0 ? entry.text : `${open.events},${entry.text}`;
    open.count++;
    open.bytes = bytes;
  }

  #keep({ envelope, time }: OpenTurn, turn: TurnRecord): void {
    if (turn.command !== undefined) this.commands.remember(turn.command, envelope.owner);
    this.#committer.add(turn);
    if (this.#snapshotter.afterTurn(turn.lastVersion, turn.bytes, time)) this.#committer.cut();
  }

  /** With its command and reply, a turn takes more than its events do. */
  #measured(turn: TurnRecord): TurnRecord {
    const maxBytes = this.#committer.maxTurnBytes;
    if (turn.bytes <= maxBytes) return turn;
    throw new CommitTooLarge(this.name, turn.bytes, maxBytes);
  }

  #openTurn(what: string): OpenTurn {
    if (this.#isClosed) throw new IncarnationLost(this.name);
    if (this.cell.isFolding) {
      const error = new NoOpenTurn(this.name, `${what} inside apply, restore or snapshot`);
      if (this.#open !== undefined) this.#open.broken ??= error;
      throw error;
    }
    if (this.#open === undefined) throw new NoOpenTurn(this.name, what);
    return this.#open;
  }

  /** Code of the actor that may only compute: what it persists or sends there would not happen at a replay. */
  #computing<T>(task: () => T): T {
    const { cell } = this;
    const before = cell.isFolding;
    cell.isFolding = true;
    try {
      return task();
    } finally {
      cell.isFolding = before;
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
