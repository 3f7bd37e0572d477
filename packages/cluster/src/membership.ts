// This node's place in the cluster: joins, follows the table, and takes part in saying who is gone. Every write is a
// compare-and-set, so two nodes that say the same at once do no harm. Revisions only grow: a table that breaks this is
// another one than before, and what was known of it is forgotten.
import type { Clock, Random } from "@aether/actor";
import { checkCompatible, protocols } from "./compatibility.ts";
import type { MemberTable, TableEntry } from "./contracts/member-table.ts";
import type { NodeAddress, NodeId, NodeRecord, NodeState } from "./contracts/node.ts";
import { epochOf, newStart } from "./epoch.ts";
import { NotJoined, TableRegressed } from "./errors.ts";
import { type Moment, momentOf } from "./moment.ts";
import { ClusterView } from "./view.ts";

export interface Self {
  readonly node: NodeId;
  readonly weight: number;
  readonly types: readonly string[];
  readonly system?: string;
}

type ViewListener = (view: ClusterView, before: ClusterView) => void;

const joinTries = 10;
/** A table that lost more than this is as good as a new one: everybody finds its own entry gone. */
const maxRaises = 256;

export class Membership {
  view: ClusterView = ClusterView.empty;
  /** This start of the node; epoch 0 until it has joined. */
  address: NodeAddress;
  /** False until it has joined, and from when it knows that its place is lost until it has joined again. */
  hasPlace = false;
  readonly #table: MemberTable;
  readonly #self: Self;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #listeners = new Set<ViewListener>();
  readonly #removedAt = new Map<string, number>();
  #stopWatch: (() => void) | undefined;
  /** Counts the tables that were followed. */
  #term = 0;
  /** The highest revision of the tables before this one. Below it, an epoch could be one that was used already. */
  #usedUpTo = 0;

  constructor(table: MemberTable, self: Self, clock: Clock, random: Random) {
    this.#table = table;
    this.#self = self;
    this.#clock = clock;
    this.#random = random;
    this.address = { node: self.node, epoch: 0 };
  }

  /** Called after each change of the view. */
  onView(listener: ViewListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** From here on the view follows the table; when this resolves, it shows what was there. */
  async follow(): Promise<void> {
    const term = ++this.#term;
    // Shown at once: nodes that were here before are many where each start has a name of its own.
    let first: TableEntry[] | undefined = [];
    this.#stopWatch = await this.#table.watch((entry) => {
      if (first !== undefined) first.push(entry);
      else if (this.#term === term) this.#apply([entry]);
    });
    const found = first;
    first = undefined;
    if (this.#term === term) this.#apply(found);
  }

  /** Forgets all that was known: the table is another one than before. */
  async startOver(): Promise<void> {
    this.#stopWatch?.();
    this.#stopWatch = undefined;
    this.#term++;
    this.#usedUpTo = Math.max(this.#usedUpTo, this.view.revision);
    this.#removedAt.clear();
    this.address = { node: this.address.node, epoch: 0 };
    this.#show(ClusterView.empty);
    await this.follow();
  }

  /**
   * Takes this node's place in the table, over any earlier start of it.
   * @returns the moment just before the write that succeeded
   * @throws NotJoined (`CLUSTER_NOT_JOINED`), ProtocolMismatch (`CLUSTER_PROTOCOL_MISMATCH`), SystemMismatch
   *   (`CLUSTER_SYSTEM_MISMATCH`), TableRegressed (`CLUSTER_TABLE_REGRESSED`)
   */
  async join(weight: number = this.#self.weight): Promise<Moment> {
    const { node, types, system } = this.#self;
    checkCompatible(this.#self, this.view);
    for (let attempt = 0; attempt < joinTries; attempt++) {
      const current = await this.#table.read(node);
      const sentAt = momentOf(this.#clock);
      const start = newStart(this.#random);
      const place = { node, epoch: 0, start, state: "up", weight, types, protocols, time: sentAt.wall } as const;
      const record: NodeRecord = system === undefined ? place : { ...place, system };
      const written = await this.#write(record, current?.revision ?? 0);
      const revision = written === undefined ? undefined : await this.#raised(record, written);
      if (revision === undefined) continue;
      this.address = { node, epoch: epochOf({ record, revision }) };
      this.hasPlace = true;
      return sentAt;
    }
    throw new NotJoined(
      node,
      `its entry changed ${joinTries} times while it tried; is another process using this node id?`,
    );
  }

  /** False when this start was over before the view could show it. */
  async isSeen(): Promise<boolean> {
    while (this.view.stateOf(this.address) === undefined) await this.reached(this.view.revision + 1);
    return this.view.isPresent(this.address);
  }

  /** As `join` does it, now that the view shows who joined before. @throws what `join` throws of it */
  checkOthers(): void {
    checkCompatible(this.#self, this.view, this.address.epoch);
  }

  /** Settles once no other process is present under this node's id. @param onTaken is told when it has to wait */
  async freed(onTaken: (error: NotJoined) => void): Promise<void> {
    const { node, epoch } = this.address;
    for (;;) {
      const current = await this.#table.read(node);
      if (current === undefined || epochOf(current) === epoch || !isPresent(current.record)) return;
      onTaken(new NotJoined(node, `another process has joined under its id; give each process an id of its own`));
      await this.reached(Math.max(this.view.revision, current.revision) + 1);
    }
  }

  /** Changes this node's own state; false when its entry is no longer its own. */
  setState(state: NodeState): Promise<boolean> {
    return this.#change({ state });
  }

  /** Changes this node's share; false when it is not up any more. */
  setWeight(weight: number): Promise<boolean> {
    return this.#change({ weight }, "up");
  }

  /** Says that another node is gone, if this is its entry and still that of this start. */
  async remove(gone: NodeAddress, current: TableEntry | undefined): Promise<void> {
    if (current === undefined || epochOf(current) !== gone.epoch) return;
    if (isPresent(current.record)) await this.#update(current, { state: "removed" });
  }

  /**
   * Why what the table says now cannot be, if it is the one that this view came from: a node's revision never falls, and
   * none that the view should have seen is unknown to it, and no revision is given twice.
   */
  contradictionIn(node: NodeId, entry: TableEntry | undefined): TableRegressed | undefined {
    const before = this.view.nodes.get(node);
    const known = before?.revision ?? 0;
    const found = entry?.revision ?? 0;
    const isOlder = found < known;
    const wasMissed = found > known && found <= this.view.revision;
    const isAnother = entry !== undefined && before !== undefined && found === known && !isSame(entry, before);
    return isOlder || wasMissed || isAnother
      ? new TableRegressed(node, { found, known, seen: this.view.revision })
      : undefined;
  }

  /** Settles with the view that has at least this revision, or when there is another table. */
  reached(revision: number): Promise<void> {
    if (this.view.revision >= revision) return Promise.resolve();
    const term = this.#term;
    return new Promise((resolve) => {
      const stop = this.onView((view) => {
        if (view.revision < revision && this.#term === term) return;
        stop();
        resolve();
      });
    });
  }

  /** Settles once the view shows what the table says of these nodes by now. */
  async caughtUpWith(nodes: readonly NodeId[]): Promise<void> {
    const entries = await Promise.all(nodes.map((node) => this.#table.read(node)));
    await this.reached(Math.max(0, ...entries.map((entry) => entry?.revision ?? 0)));
  }

  /** Settles once the view shows this start of the node in the state. */
  async seenAs(state: NodeState): Promise<void> {
    while (this.view.stateOf(this.address) !== state) await this.reached(this.view.revision + 1);
  }

  /** Milliseconds since this node saw that start of a node removed; `undefined` if it did not see it. */
  removedSince({ node, epoch }: NodeAddress): number | undefined {
    const at = this.#removedAt.get(`${epoch} ${node}`);
    return at === undefined ? undefined : this.#clock.now() - at;
  }

  async #change(change: Partial<NodeRecord>, inState?: NodeState): Promise<boolean> {
    for (let attempt = 0; attempt < joinTries; attempt++) {
      const current = await this.#table.read(this.address.node);
      if (current === undefined || epochOf(current) !== this.address.epoch || current.record.state === "removed")
        return false;
      if (inState !== undefined && current.record.state !== inState) return false;
      const wanted = { ...current.record, ...change };
      if (wanted.state === current.record.state && wanted.weight === current.record.weight) return true;
      if ((await this.#update(current, change)) !== undefined) return true;
    }
    return false;
  }

  #update(current: TableEntry, change: Partial<NodeRecord>): Promise<number | undefined> {
    const epoch = epochOf(current);
    return this.#write({ ...current.record, epoch, ...change, time: this.#clock.wall() }, current.revision);
  }

  /**
   * Writes the record again until its revision is above all that were used before the table lost them: this start shall be
   * no other one's namesake, and shall show in watches that wait for higher revisions.
   */
  async #raised(record: NodeRecord, written: number): Promise<number | undefined> {
    let revision: number | undefined = written;
    if (this.#usedUpTo - written > maxRaises) return revision;
    while (revision !== undefined && revision <= this.#usedUpTo) revision = await this.#write(record, revision);
    return revision;
  }

  /** @throws TableRegressed: a revision that is new is above all that were seen before it was asked for */
  async #write(record: NodeRecord, expectedRevision: number): Promise<number | undefined> {
    const { revision: seen, nodes } = this.view;
    const term = this.#term;
    const revision = await this.#table.write(record, expectedRevision);
    if (revision === undefined || revision > seen || this.#term !== term) return revision;
    throw new TableRegressed(record.node, { found: revision, known: nodes.get(record.node)?.revision ?? 0, seen });
  }

  #apply(entries: readonly TableEntry[]): void {
    const { revision } = this.view;
    const view = this.view.withAll(entries);
    if (this.view === view) return;
    for (const entry of entries) {
      if (entry.revision <= revision || entry.record.state !== "removed") continue;
      this.#removedAt.set(`${epochOf(entry)} ${entry.record.node}`, this.#clock.now());
    }
    this.#show(view);
  }

  #show(view: ClusterView): void {
    const before = this.view;
    this.view = view;
    for (const listener of this.#listeners) listener(view, before);
  }
}

/** Two entries of one revision: where a table lost its end, the numbers are given anew. */
function isSame(entry: TableEntry, { epoch, state, weight, time }: NodeRecord): boolean {
  const { record } = entry;
  return epochOf(entry) === epoch && record.state === state && record.weight === weight && record.time === time;
}

function isPresent({ state }: NodeRecord): boolean {
  return state === "up" || state === "draining";
}
