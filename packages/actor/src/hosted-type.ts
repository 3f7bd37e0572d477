// One class as this node hosts it: how its objects are made, and which of its actors are in memory.
import type { Actor } from "./actor.ts";
import { type ActorClass, type ClassInfo, describeClass } from "./actor-class.ts";
import type { ActorId } from "./address.ts";
import type { Cell } from "./cell.ts";
import type { Durability } from "./durability.ts";
import { isThenable } from "./receiving.ts";

/** What a node may choose for a class that it hosts. */
export interface HostOptions<A extends Actor = Actor> {
  /** Makes the object of each incarnation; may be async. @default `new Class()` */
  readonly create?: () => A | Promise<A>;
  /** Messages that may wait for one actor. @default 10,000 */
  readonly mailboxCapacity?: number;
}

/** A class together with the options of this node. */
export interface Hosting<A extends Actor = Actor> {
  readonly actorClass: ActorClass<A>;
  readonly options: HostOptions<A>;
}

const defaults = Object.freeze({ mailboxCapacity: 10_000 });
const optionNames: readonly string[] = ["create", "mailboxCapacity"] satisfies (keyof HostOptions)[];

/**
 * Hosts a class with options: `actors: [host(Account, { create: () => new Account(deps) })]`.
 * @throws TypeError for a misspelled option, RangeError for one out of range.
 */
export function host<A extends Actor>(actorClass: ActorClass<A>, options: HostOptions<NoInfer<A>> = {}): Hosting<A> {
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name)) {
      throw new TypeError(`host(${actorClass.name}): unknown option "${name}"; there are ${optionNames.join(", ")}.`);
    }
  }
  const capacity = options.mailboxCapacity ?? defaults.mailboxCapacity;
  if (!Number.isInteger(capacity) || capacity < 1) {
    throw new RangeError(`host(${actorClass.name}): mailboxCapacity is ${capacity}; use a whole number from 1.`);
  }
  return { actorClass, options };
}

export class HostedType {
  readonly info: ClassInfo;
  readonly mailboxCapacity: number;
  readonly cells: Map<ActorId, Cell> = new Map();
  /** Set once the plugins are installed. */
  durability: Durability | undefined;
  readonly #create: () => Actor | Promise<Actor>;
  #isChecked = false;

  constructor(hosting: ActorClass | Hosting) {
    const { actorClass, options } = typeof hosting === "function" ? host(hosting) : hosting;
    this.info = describeClass(actorClass);
    this.mailboxCapacity = options.mailboxCapacity ?? defaults.mailboxCapacity;
    this.#create = options.create ?? (() => new (actorClass as unknown as new () => Actor)());
  }

  create(): Actor | Promise<Actor> {
    const made = this.#create();
    return isThenable(made) ? Promise.resolve(made).then((actor) => this.#check(actor)) : this.#check(made);
  }

  /** Every object is of the class; the first one shows whether that keeps to the rules that types cannot hold. */
  #check(actor: Actor): Actor {
    const { actorClass, type } = this.info;
    if (actor?.constructor !== actorClass) {
      throw new TypeError(`create() of "${type}" made ${actor?.constructor?.name}, not ${actorClass.name}.`);
    }
    if (this.#isChecked) return actor;
    for (const [name, value] of Object.entries(actor)) {
      if (typeof value === "function") {
        throw new TypeError(
          `${actorClass.name}.${name} is a function in a field; commands are methods, helpers are #private.`,
        );
      }
    }
    this.#isChecked = true;
    return actor;
  }
}
