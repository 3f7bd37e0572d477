// This node's standing in the cluster: its place in the table and its right to speak, from the join over whatever happens
// to the table until the end. Invariant: from when it knows that its place is lost until it has joined again, nothing that
// its actors hold back leaves, and none of them is left from before.
import type { Cancel, PluginHost } from "@aether/actor";
import { BoundedTable } from "./bounded-table.ts";
import type { MemberTable } from "./contracts/member-table.ts";
import type { NodeAddress } from "./contracts/node.ts";
import { NotJoined, TableRegressed } from "./errors.ts";
import { FollowedTable } from "./followed-table.ts";
import type { Beat } from "./heartbeat.ts";
import { Lease } from "./lease.ts";
import { Membership, type Self } from "./membership.ts";
import type { Moment } from "./moment.ts";
import { TableHealth } from "./table-health.ts";
import { pause, within } from "./waiting.ts";
import { WeightSteps } from "./weight-steps.ts";

export interface StandingOptions {
  readonly self: Self;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly joinSteps: number;
  readonly joinStepMs: number;
}

export interface StandingParts {
  readonly host: PluginHost;
  readonly table: MemberTable;
  /** Takes what is sent to this start of the node. */
  listen(self: NodeAddress): Cancel;
  /** The table answers again after it had failed. */
  tableReturned(): void;
  joined(self: NodeAddress): void;
  /** Nobody has confirmed its place for so long, in milliseconds. */
  lost(self: NodeAddress, unconfirmedMs: number): void;
  /** There is another table: what is known of others is void. */
  startedOver(): void;
  /** It has joined again, or has given up because it stops. */
  settled(): void;
  problem(error: unknown): void;
}

const rejoinMs = 200;
/** For how long a first join is tried again. */
const startWithinMs = 10_000;
/** How long a node waits to see its own join. */
const joinSeenWithinMs = 10_000;
/** For an answer of the table, and for its watch to show what is known otherwise; or half of the lease if that is shorter. */
const answerWithinMs = 2_000;

export class Standing {
  readonly membership: Membership;
  readonly lease: Lease;
  readonly health: TableHealth;
  readonly #parts: StandingParts;
  readonly #table: FollowedTable;
  readonly #weights: WeightSteps;
  #stopListening: Cancel | undefined;
  #isClosing = false;
  #isRejoining = false;
  #mustStartOver = false;

  constructor(parts: StandingParts, options: StandingOptions) {
    const { clock, random, scheduler } = parts.host;
    const { self, leaseMs, heartbeatMs, joinSteps: steps, joinStepMs: stepMs } = options;
    this.#parts = parts;
    const failed = (error: unknown): void => this.failed(error);
    const soonMs = Math.min(answerWithinMs, leaseMs / 2);
    const bounded = new BoundedTable(parts.table, scheduler, soonMs);
    const table = new FollowedTable(bounded, { scheduler, silentMs: soonMs, problem: failed });
    this.#table = table;
    const membership = new Membership(table, self, clock, random);
    this.membership = membership;
    this.health = new TableHealth({
      table,
      membership,
      clock,
      heartbeatMs,
      returned: () => parts.tableReturned(),
      regressed: failed,
    });
    this.#weights = new WeightSteps({ self, membership, scheduler, steps, stepMs, problem: failed });
    this.lease = this.#makeLease(table, leaseMs);
  }

  /** A connection that breaks while it joins does not keep it from starting: its next try takes its own entry over. */
  async start(): Promise<void> {
    const { clock, scheduler } = this.#parts.host;
    const until = clock.now() + startWithinMs;
    await this.membership.follow();
    for (;;) {
      try {
        return await this.#join();
      } catch (error) {
        if (!mayPass(error) || clock.now() >= until) throw error;
        this.#parts.problem(error);
        await pause(scheduler, rejoinMs);
      }
    }
  }

  /** What this node tells of itself, and of the table. */
  get beat(): Beat {
    return { ...this.membership.address, revision: this.#table.newestRevision };
  }

  heard(from: Beat): void {
    this.health.heard(from);
    this.#table.heardOf(from.revision);
  }

  /** Says that another node is gone. An entry that it should have and has not may be all that shows that there is another table. */
  async remove(gone: NodeAddress): Promise<void> {
    const { membership, health } = this;
    const known = membership.view.nodes.get(gone.node);
    try {
      const entry = await this.#table.read(gone.node);
      if (membership.view.nodes.get(gone.node) !== known) return; // what was read may be older than the view by now
      if (!health.doubts(gone.node, entry)) await membership.remove(gone, entry);
    } catch (error) {
      this.failed(error);
    }
  }

  /** Another node has said that this one is gone, or the table has: nothing that it holds back may leave. Then it starts anew. */
  losePlace(): void {
    if (this.#isClosing || this.#isRejoining) return;
    this.#isRejoining = true;
    const { unconfirmedMs } = this.lease;
    this.membership.hasPlace = false;
    this.lease.end();
    this.#weights.stop();
    this.#parts.lost(this.membership.address, unconfirmedMs);
    void this.#rejoin();
  }

  /** A table that is another one than before has no place for this node, nor for anybody that it knows. */
  failed(error: unknown): void {
    this.#parts.problem(error);
    if (!(error instanceof TableRegressed)) return;
    this.#mustStartOver = true;
    this.losePlace();
  }

  /** From here on it does not join again. */
  stop(): void {
    this.#isClosing = true;
    this.#weights.stop();
  }

  close(): void {
    this.#table.close();
    this.#stopListening?.();
  }

  async #join(): Promise<void> {
    const { membership } = this;
    let sentAt: Moment;
    do {
      this.#forsake();
      sentAt = await membership.join(this.#weights.first());
      this.#stopListening?.();
      this.#stopListening = this.#parts.listen(membership.address);
    } while (!(await this.#isSeen()));
    this.lease.startAt(sentAt);
    this.#weights.raise();
    this.#parts.joined(membership.address);
  }

  /** A try that came to nothing: its entry may have been seen late, by this node too, and its actors be elsewhere by now. */
  #forsake(): void {
    if (!this.membership.hasPlace) return;
    this.membership.hasPlace = false;
    this.#parts.host.local.abandon(() => true);
  }

  /** @throws NotJoined, and what speaks against working with those that joined before: then this node has left again */
  async #isSeen(): Promise<boolean> {
    const { membership } = this;
    const { node } = membership.address;
    const late = (): Error => new NotJoined(node, `its watch did not show its entry within ${joinSeenWithinMs} ms`);
    const isPresent = await within(this.#parts.host.scheduler, joinSeenWithinMs, membership.isSeen(), late);
    try {
      membership.checkOthers();
    } catch (error) {
      await membership.setState("left");
      throw error;
    }
    return isPresent;
  }

  async #rejoin(): Promise<void> {
    while (!this.#isClosing) {
      try {
        if (this.#mustStartOver) await this.#startOver();
        else await this.membership.freed((error) => this.#parts.problem(error));
        if (!this.#isClosing) await this.#join();
        break;
      } catch (error) {
        this.failed(error);
        await pause(this.#parts.host.scheduler, rejoinMs);
      }
    }
    this.#isRejoining = false;
    this.#parts.settled();
  }

  async #startOver(): Promise<void> {
    this.health.startOver();
    await this.membership.startOver();
    this.#mustStartOver = false;
    this.#parts.startedOver();
  }

  #makeLease(table: MemberTable, leaseMs: number): Lease {
    const { membership, health } = this;
    const { clock, events, local } = this.#parts.host;
    return new Lease({ table, membership, clock }, leaseMs, {
      regained: () => local.reopenGates(),
      lost: () => this.losePlace(),
      answered: () => health.answered(),
      doubts: (entry) => health.doubts(membership.address.node, entry),
      failed: (error) => {
        if (!health.isAway) this.#parts.problem(error); // once per outage
        health.failed();
      },
      jumped: (ms) => events.publish({ type: "clock-jumped", level: "warn", node: membership.address.node, ms }),
    });
  }
}

/** What the table or the way to it says; that somebody else uses the id is no such thing. */
function mayPass(error: unknown): boolean {
  return (error as { readonly retryable?: unknown }).retryable === true && !(error instanceof NotJoined);
}
