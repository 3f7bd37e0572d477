// The base of every actor class. It carries the brand that tells commands from hooks, at run time and by type.
import type { ActorContext } from "./context.ts";
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

type KernelHooks = "onStart";

let bind: (actor: Actor, context: ActorContext) => void;

/**
 * An actor without durable state: its public methods are its commands, its fields are gone when it leaves memory.
 * The constructor does no I/O and cannot use `ctx`; `onStart` can.
 */
export abstract class Actor {
  static readonly "~base": ActorBase = { name: "Actor", hooks: ["onStart"] };
  declare readonly "~hooks": HookNames<KernelHooks>;
  #context: ActorContext | undefined;

  static {
    bind = (actor, context) => {
      actor.#context = context;
    };
  }

  /** All that a handler needs of the runtime. */
  protected get ctx(): ActorContext {
    if (this.#context === undefined) {
      throw new TypeError(`${this.constructor.name}: ctx is not there in the constructor; use onStart.`);
    }
    return this.#context;
  }

  /** The first turn of every incarnation, after recovery. A throw fails the activation. */
  onStart?(): void | Promise<void>;
}

/** Gives a fresh object its context; the kernel does it once. */
export function bindContext(actor: Actor, context: ActorContext): void {
  bind(actor, context);
}
