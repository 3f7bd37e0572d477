// What may be missing after all servers have lost their power: the commits that were on no disk, if nobody asked for more
// than that. Whoever was told of them was told the truth of another day; of all else nothing is forgiven.
import type { Op } from "../run/history.ts";
import type { SimWorld } from "../run/sim-world.ts";
import { type AccountLog, readLogs, readTable } from "./log.ts";

export class Lost {
  /** Accounts of which commits are lost. */
  readonly actors: ReadonlySet<string>;
  /** Accounts of which nothing is left. */
  readonly forgotten: ReadonlySet<string>;
  /** The last position that was given out before: up to it positions may have been given out again. */
  readonly lastPosition: number;
  readonly #events: ReadonlySet<string>;
  readonly #states: ReadonlySet<string>;
  readonly #places: ReadonlySet<string>;

  constructor(before: ReadonlyMap<string, AccountLog>, lost: ReadonlySet<number>) {
    const events = new Set<string>();
    const states = new Set<string>();
    const places = new Set<string>();
    const actors = new Set<string>();
    const forgotten = new Set<string>();
    for (const { actor, commits, versions } of before.values()) {
      const gone = commits.filter(({ token }) => lost.has(token));
      if (gone.length > 0) actors.add(actor);
      if (gone.length === commits.length) forgotten.add(actor);
      for (const commit of gone) {
        for (const [i, { op }] of commit.events.entries()) {
          const version = commit.firstVersion + i;
          const { balance, digest } = versions[version - 1]?.state ?? {};
          events.add(op);
          states.add(`${actor} ${version} ${balance} ${digest}`);
          places.add(`${actor} ${version} ${commit.token} ${op}`);
        }
      }
    }
    this.actors = actors;
    this.forgotten = forgotten;
    this.lastPosition = Math.max(0, ...[...before.values()].flatMap(({ commits }) => commits.at(-1)?.token ?? 0));
    this.#events = events;
    this.#states = states;
    this.#places = places;
  }

  /** Something of this command is lost. */
  has({ id }: Pick<Op, "id">): boolean {
    return ["", "a", "b"].some((suffix) => this.#events.has(id + suffix));
  }

  /** This is a state that was true once. */
  hasState(
    actor: string,
    state: { readonly count: number; readonly balance: number; readonly digest: number },
  ): boolean {
    return this.#states.has(`${actor} ${state.count} ${state.balance} ${state.digest}`);
  }

  /** This event stood there once. */
  hasEvent(at: {
    readonly actor: string;
    readonly version: number;
    readonly position: number;
    readonly op: string;
  }): boolean {
    return this.#places.has(`${at.actor} ${at.version} ${at.position} ${at.op}`);
  }
}

export const nothingLost: Lost = new Lost(new Map(), new Set());

/** @param mayLose whether the profile of the nodes allows it */
export function lostOf({ ledger, lost, powerCutAt }: SimWorld, system: string, mayLose: boolean): Lost {
  if (!mayLose || lost.size === 0) return nothingLost;
  const before = ledger.filter(({ at }) => at <= powerCutAt);
  const gone = before.filter(({ stream, record }) => stream.endsWith("_ev") && lost.has(record));
  return new Lost(readLogs(before, system), new Set(gone.map(({ record }) => record.sequence)));
}

/** Since when, if at all, a node may take itself for present that others have removed: the table lost their word. */
export function removalLostAt({ ledger, lost, powerCutAt }: SimWorld, system: string): number | undefined {
  const gone = ledger.filter(({ record }) => lost.has(record));
  return readTable(gone, system).some(({ state }) => state === "removed") ? powerCutAt : undefined;
}
