// What an actor with something to do needs: its mailbox, and the turn that is open. Made with a message and dropped when
// there is nothing left, so that an idle actor has none of it; and being young, it is cheap to write to for V8, which has
// to remember each reference from an old object to a young one.
import type { Outgoing } from "./effects.ts";
import type { Envelope, PlainTell } from "./envelope.ts";
import type { Flag } from "./flag.ts";
import { Mailbox } from "./mailbox.ts";

export class Agenda extends Mailbox {
  /** The message whose turn is open. */
  declare envelope: Envelope | undefined;
  /** What the open turn does at its end, in order: one plain tell, as in most turns, or anything. */
  declare told: PlainTell | undefined;
  declare outgoing: Outgoing | Outgoing[] | undefined;
  /** Messages that the open turn sent with an id of its own. */
  declare nestedCalls: number;
  /** The version that the open turn began with. */
  declare openedAt: number;

  /** The incarnation whose handler runs right now and sends all that it tells as it is, without ids; 0 for none. */
  declare speaker: number;

  /** Whether the actor will be looked at soon, and lose it if there is nothing left to do. */
  declare isResting: Flag;

  constructor(capacity: number) {
    super(capacity);
    this.envelope = undefined;
    this.told = undefined;
    this.outgoing = undefined;
    this.nestedCalls = 0;
    this.openedAt = 0;
    this.speaker = 0;
    this.isResting = false;
  }

  /** Keeps something for the end of the open turn. Most turns have one tell at most, which needs no list. */
  add(item: Outgoing): void {
    const { told, outgoing } = this;
    if (told !== undefined) {
      this.told = undefined;
      this.outgoing = [told, item];
    } else if (outgoing === undefined) this.outgoing = item;
    else if (Array.isArray(outgoing)) outgoing.push(item);
    else this.outgoing = [outgoing, item];
  }

  addTell(tell: PlainTell): void {
    if (this.told === undefined && this.outgoing === undefined) this.told = tell;
    else this.add(tell);
  }

  /** Whether there is nothing left to do. */
  get isDone(): boolean {
    return this.envelope === undefined && this.isEmpty;
  }
}
