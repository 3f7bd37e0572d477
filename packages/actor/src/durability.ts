// The seam between turns and durable state. A base class such as `EventSourcedActor` names a port of this type in its
// brand; whoever provides the port stands between the kernel and those actors. The kernel runs turns and holds outputs
// back; durable state decides what a turn changed, when that is safe, and what happened to it.
import type { Actor } from "./actor.ts";
import type { ActorAddress } from "./address.ts";
import type { ActorClass } from "./actor-class.ts";
import type { Envelope } from "./envelope.ts";

export interface Durability {
  /** At start, for each hosted class. @throws TypeError naming what the class lacks and how to add it. */
  check(actorClass: ActorClass): void;
  /** Binds a fresh object to its address; nothing is loaded yet. */
  open(actor: Actor, cell: DurableCell): DurableState;
}

/** The durable side of one incarnation. */
export interface DurableState {
  /** What an output made now has seen, changes of the open turn included. */
  readonly version: number;
  /** Whether the open turn has changed something that was not sealed yet. */
  readonly hasUnsealedChanges: boolean;
  /** Loads the state. A rejection fails the activation. Settles early when closed. */
  recover(): Promise<void>;
  /** Opens a turn, or recognises the command as done before. */
  begin(envelope: Envelope): RepeatedCommand | undefined;
  /**
   * Ends the open turn: its changes are to be stored. A throw leaves it open; the kernel then discards it.
   * @param outcome what the caller will get: a primitive, an `EncodedValue`, or the `Rejection` that the handler returned
   */
  end(outcome: unknown): void;
  /** Ends the open turn without its changes; true when the live object is no longer what was stored. */
  discard(): boolean;
  /**
   * A caller's time is up: why it cannot be told what became of its command. `undefined`: the store was not asked to keep
   * these changes, or has answered.
   * @param version of the last change that the command has made
   */
  doubt?(envelope: Envelope, version: number): Error | undefined;
  /** No further turn follows at once: a good moment to store what has ended. */
  passEnded(): void;
  /** Settles when every ended turn is stored or the incarnation is over; never rejects. */
  flush(): Promise<void>;
  /** The incarnation is over: nothing is called on the cell any more. */
  close(): void;
}

/** An earlier run of the same command id: its outcome, once what it changed is durable. */
export type RepeatedCommand =
  | { readonly type: "replied"; readonly value: unknown }
  | { readonly type: "refused"; readonly error: Error };

/** What durable state may do to its cell. */
export interface DurableCell {
  readonly address: ActorAddress;
  /** Set while code of the actor runs that may only compute: what it tries to send is refused. */
  isFolding: boolean;
  /** Set once the actor is to leave memory: no further turn begins, the last one may still be open. */
  readonly leaving: object | undefined;
  /** What the open turn has sent so far goes to the gate: a part of it is sealed, and stands whatever becomes of the rest. */
  letGo(): void;
  /** All up to this version is durable: what waited for it leaves. */
  durableUpTo(version: number): void;
  /** Certainly not stored: the turns that made versions up to this one get the error, later turns run again. */
  refused(version: number, error: Error): void;
  /** Another writer has taken over. What was held back is sent again by those who sent it. */
  fenced(reason: string): void;
  /** Too much waits: no further turn until `resume`. */
  pause(): void;
  resume(): void;
}
