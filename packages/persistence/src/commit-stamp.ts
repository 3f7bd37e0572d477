// What every commit of this process says of itself: its id, the time, and who wrote it.
import { base36, type Clock, type Random, randomId } from "@aether/actor";
import type { Birth, CommitHeader } from "./commit-format.ts";
import type { ActorKey, Token } from "./contracts/event-store.ts";
import type { Writers } from "./ports.ts";

/** Where a commit goes. */
export interface CommitPlace {
  readonly actor: ActorKey;
  readonly after: Token;
  readonly firstVersion: number;
  readonly born: Birth | undefined;
}

export class CommitStamp {
  readonly #clock: Clock;
  readonly #writers: Writers;
  /** Chance once, then a number: an id of chance alone for each commit took a tenth of the time of a small one. */
  readonly #stem: string;
  #last = 0;

  constructor(clock: Clock, random: Random, writers: Writers) {
    this.#clock = clock;
    this.#writers = writers;
    this.#stem = `${randomId(random, 16)}.`;
  }

  header({ actor, after, firstVersion, born }: CommitPlace): CommitHeader {
    const { node, epoch } = this.#writers.current;
    const id = this.#stem + base36(++this.#last);
    return { id, actor, after, firstVersion, time: this.#clock.wall(), node, epoch, born };
  }
}
