// This node's place in the cluster: joins, follows the table, and takes part in saying who is gone. Every write is a
// compare-and-set, so two nodes that say the same at once do no harm.
import type { Clock } from "@aether/actor";
import type { MemberTable, TableEntry } from "./contracts/member-table.ts";
import type { NodeAddress, NodeId, NodeRecord, NodeState } from "./contracts/node.ts";
import { NotJoined } from "./errors.ts";
import { ClusterView } from "./view.ts";

export interface Self {
  readonly node: NodeId;
  readonly weight: number;
  readonly types: readonly string[];
}

type ViewListener = (view: ClusterView, before: ClusterView) => void;

const joinTries = 10;

export class Membership {
  view: ClusterView = ClusterView.empty;
  /** This start of the node; epoch 0 until it has joined. */
  address: NodeAddress;
  /** False until it has joined, and from when it knows that its place is lost until it has joined again. */
  hasPlace = false;
  readonly #table: MemberTable;
  readonly #self: Self;
  readonly #clock: Clock;
  readonly #listeners = new Set<ViewListener>();
  readonly #removedAt = new Map<string, number>();

  constructor(table: MemberTable, self: Self, clock: Clock) {
    this.#table = table;
    this.#self = self;
    this.#clock = clock;
    this.address = { node: self.node, epoch: 0 };
  }

  /** Called after each change of the view. */
  onView(listener: ViewListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** From here on the view follows the table. It is complete once this node sees its own join in it. */
  follow(): Promise<void> {
    return this.#table.watch((entry) => this.#apply(entry));
  }

  /**
   * Takes this node's place in the table, over any earlier start of it.
   * @returns the monotonic time just before the write that succeeded
   * @throws NotJoined (`CLUSTER_NOT_JOINED`)
   */
  async join(): Promise<number> {
    const { node, weight, types } = this.#self;
    for (let attempt = 0; attempt < joinTries; attempt++) {
      const current = await this.#table.read(node);
      const sentAt = this.#clock.now();
      const record: NodeRecord = { node, epoch: 0, state: "up", weight, types, time: this.#clock.wall() };
      const revision = await this.#table.write(record, current?.revision ?? 0);
      if (revision === undefined) continue;
      this.address = { node, epoch: revision };
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
  async setState(state: NodeState): Promise<boolean> {
    for (let attempt = 0; attempt < joinTries; attempt++) {
      const current = await this.#table.read(this.address.node);
      if (current === undefined || epochOf(current) !== this.address.epoch || current.record.state === "removed")
        return false;
      if (current.record.state === state) return true;
      if ((await this.#writeState(current, state)) !== undefined) return true;
    }
    return false;
  }

  /** Says that another node is gone, if its entry is still that of this start. */
  async remove(gone: NodeAddress): Promise<void> {
    const current = await this.#table.read(gone.node);
    if (current === undefined || epochOf(current) !== gone.epoch) return;
    if (isPresent(current.record)) await this.#writeState(current, "removed");
  }

  /** Settles with the view that has at least this revision. */
  reached(revision: number): Promise<void> {
    if (this.view.revision >= revision) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = this.onView((view) => {
        if (view.revision < revision) return;
        stop();
        resolve();
      });
    });
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

  #writeState(current: TableEntry, state: NodeState): Promise<number | undefined> {
    const record: NodeRecord = { ...current.record, epoch: epochOf(current), state, time: this.#clock.wall() };
    return this.#table.write(record, current.revision);
  }

  #apply(entry: TableEntry): void {
    const before = this.view;
    this.view = before.with(entry);
    if (this.view === before) return;
    const { node, state } = entry.record;
    if (state === "removed") this.#removedAt.set(`${epochOf(entry)} ${node}`, this.#clock.now());
    for (const listener of this.#listeners) listener(this.view, before);
  }
}

function isPresent({ state }: NodeRecord): boolean {
  return state === "up" || state === "draining";
}

export function epochOf({ record, revision }: TableEntry): number {
  return record.epoch === 0 ? revision : record.epoch;
}
