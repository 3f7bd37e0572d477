// Actors that may have been active on two nodes at once, counted where it is found out: at the node that had them before.
// What is measured is an upper bound by that node's own clock, since no two nodes share one:
// - moved: from when this node saw the view that gives the actor to another one until the actor was gone here;
// - removed: from when this node last knew to be in the table until it abandoned its actors.
// Their commits never overlap, whatever this says: the store refuses all but one.
import type { ActorAddress, Clock, LocalActors, PluginHost } from "@aether/actor";

export interface OverlapFigures {
  /** Activations that may have had a second one beside them. */
  readonly count: number;
  /** The longest that it may have lasted, in milliseconds. */
  readonly longestMs: number;
}

export class Overlaps {
  readonly #clock: Clock;
  readonly #events: PluginHost["events"];
  readonly #local: LocalActors;
  readonly #leaving = new Set<string>();
  #count = 0;
  #longestMs = 0;

  constructor({ clock, events, local }: Pick<PluginHost, "clock" | "events" | "local">) {
    this.#clock = clock;
    this.#events = events;
    this.#local = local;
  }

  get figures(): OverlapFigures {
    return { count: this.#count, longestMs: this.#longestMs };
  }

  /** Lets those go that belong to another node by now. */
  async release(node: string, isOwn: (actor: ActorAddress) => boolean): Promise<void> {
    const startedAt = this.#clock.now();
    const moved: string[] = [];
    await this.#local.release((actor) => {
      if (isOwn(actor)) return false;
      const key = actor.toString();
      if (!this.#leaving.has(key)) moved.push(key);
      this.#leaving.add(key);
      return true;
    });
    for (const key of moved) this.#leaving.delete(key);
    this.#report(node, "moved", moved.length, this.#clock.now() - startedAt);
  }

  /** Drops all, since this node has lost its place. @param unconfirmedMs since when it may have */
  abandonAll(node: string, unconfirmedMs: number): void {
    let count = 0;
    this.#local.abandon(() => {
      count++;
      return true;
    });
    this.#report(node, "removed", count, Number.isFinite(unconfirmedMs) ? unconfirmedMs : 0);
  }

  #report(node: string, reason: "moved" | "removed", count: number, longestMs: number): void {
    if (count === 0) return;
    this.#count += count;
    this.#longestMs = Math.max(this.#longestMs, longestMs);
    const level = reason === "moved" ? "debug" : "warn";
    this.#events.publish({ type: "activations-overlapped", level, node, reason, count, longestMs });
  }
}
