// The base of every actor class. It carries the brand that tells commands from hooks, at run time and by type.
import type { ActorContext, CellContext } from "./context.ts";
import type { Durability } from "./durability.ts";
import type { Port } from "./port.ts";

/** What a base class (never a user's class) declares about itself; found by walking up from the user's class. */
export interface ActorBase {
  readonly name: string;
  /** Names that are never commands, even where the user defines them. */
  readonly hooks: readonly string[];
  /** Who keeps the state of these actors; absent for volatile ones. */
  readonly durability?: Port<Durability>;
}

/** Type-level list of a base class's hooks: a parameter, so that a sub-base can widen it. */
export type HookNames<Names extends string> = (name: Names) => void;

export type KernelHooks = "onStart" | "onPassivate" | "onStop";

/** Makes the context of an object when it is first asked for; a context has been made. */
interface ContextSource {
  createContext(actor: Actor): CellContext;
}

let bind: (actor: Actor, source: ContextSource) => void;
let contextOf: (actor: Actor) => CellContext;
let isBound: (actor: Actor) => boolean;

/**
 * An actor without durable state: its public methods are its commands, its fields are gone when it leaves memory.
 * The constructor does no I/O and cannot use `ctx`; `onStart` can.
 */
export abstract class Actor {
  static readonly "~base": ActorBase = { name: "Actor", hooks: ["onStart", "onPassivate", "onStop"] };
  declare readonly "~hooks": HookNames<KernelHooks>;
  #context: ContextSource | undefined;

  static {
    bind = (actor, source) => {
      actor.#context = source;
    };
    contextOf = (actor) => {
      if (actor.#context === undefined) {
        const { name } = actor.constructor;
        throw new TypeError(
          `${name}: ctx is not there in the constructor (use onStart), nor in an apply or a restore that runs outside a system.`,
        );
      }
      const context = actor.#context.createContext(actor);
      actor.#context = context;
      return context;
    };
    isBound = (actor) => actor.#context !== undefined;
  }

  /** All that a handler needs of the runtime. */
  protected get ctx(): ActorContext {
    return contextOf(this);
  }

  /** The first turn of every incarnation, after recovery. A throw fails the activation. */
  onStart?(): void | Promise<void>;

  /**
   * The last turn before the actor leaves memory in order (idle, too many resident, moved, system stops): may persist and
   * tell. Not called at a restart or when it is stopped. A throw is reported, and it leaves all the same.
   */
  onPassivate?(): void | Promise<void>;

  /**
   * The object is about to be dropped, for whatever reason: release what it holds. No turn: nothing is sent or persisted.
   * A throw is reported. Not called where the process dies.
   */
  onStop?(): void | Promise<void>;
}

/** The kernel's own: binds a fresh object to its cell, tells whether it is bound, and reads its context. */
export { bind as bindContext, contextOf, isBound };
