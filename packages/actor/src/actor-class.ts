// What the kernel knows of a user's class: its type, its commands, who keeps its state. Worked out once per class.
import { Actor, type ActorBase } from "./actor.ts";
import { type ActorType, checkType } from "./address.ts";
import type { Flag } from "./flag.ts";
import type { Rejection } from "./rejection.ts";
import { describe } from "./shown.ts";

export type ActorClass<A extends Actor = Actor> = (abstract new (...args: never[]) => A) & { readonly type: string };

type HooksOf<A> = A extends { readonly "~hooks": (name: infer Names) => void } ? Names : never;
type AnyMethod = (...args: never[]) => unknown;
/** What every object has: overriding it makes no command. */
type ObjectNames =
  | "constructor"
  | "toString"
  | "toLocaleString"
  | "valueOf"
  | "hasOwnProperty"
  | "isPrototypeOf"
  | "propertyIsEnumerable";

/** The public methods below the base class; never its hooks. */
export type CommandName<A extends Actor> = Exclude<
  { [K in keyof A]: A[K] extends AnyMethod ? K : never }[keyof A] & string,
  HooksOf<A> | keyof Actor | ObjectNames
>;

type Reply<R> = Exclude<Awaited<R>, Rejection>;

/** `ref.ask`: each command as a function that settles with its reply. A `Rejection` rejects, also a returned one. */
export type AskFacade<A extends Actor> = {
  readonly [K in CommandName<A>]: Asked<A[K]>;
};

/** A method that already answers with a promise keeps its own type, type parameters and overloads included. */
type Asked<M> = M extends (...args: never[]) => infer R
  ? [R] extends [never]
    ? Promised<M>
    : [R] extends [Promise<infer Value>]
      ? [Extract<Value, Rejection>] extends [never]
        ? M
        : Promised<M>
      : Promised<M>
  : never;
type Promised<M> = M extends (...args: infer Args) => infer R ? (...args: Args) => Promise<Reply<R>> : never;

/** `ref.tell`: each command as a function that returns at once. At most once, no answer. */
export type TellFacade<A extends Actor> = {
  readonly [K in CommandName<A>]: A[K] extends (...args: infer Args) => unknown ? (...args: Args) => void : never;
};

export type CommandMethod = (this: Actor, ...args: readonly unknown[]) => unknown;

export interface ClassInfo {
  readonly actorClass: ActorClass;
  readonly type: ActorType;
  readonly base: ActorBase;
  /** Its state is not durable: what it is sent becomes nobody's history. */
  readonly isVolatile: Flag;
  readonly commands: ReadonlyMap<string, CommandMethod>;
}

const known = new WeakMap<ActorClass, ClassInfo>();
/** Most refs are made for the class of the one before. */
let last: ClassInfo | undefined;

/** @throws TypeError when the class is no actor class, or does not declare a legal `static type` of its own. */
export function describeClass(actorClass: ActorClass): ClassInfo {
  if (last?.actorClass === actorClass) return last;
  const found = known.get(actorClass);
  if (found !== undefined) return (last = found);
  if (typeof actorClass !== "function" || !(actorClass.prototype instanceof Actor)) {
    throw new TypeError(
      `${(actorClass as { name?: string } | undefined)?.name || describe(actorClass)} is not a class that extends Actor.`,
    );
  }
  if (!Object.hasOwn(actorClass, "type")) {
    const name = actorClass.name || "A class without a name";
    throw new TypeError(`${name} must declare its own \`static type = "…"\`: the name in the store.`);
  }
  const type = checkType(actorClass.type, actorClass.name);
  const { base, commands } = readPrototypes(actorClass);
  const info: ClassInfo = { actorClass, type, base, isVolatile: base.durability === undefined, commands };
  known.set(actorClass, info);
  return info;
}

function readPrototypes(actorClass: ActorClass): Pick<ClassInfo, "base" | "commands"> {
  const own: object[] = [];
  let prototype = actorClass.prototype as object;
  while (!Object.hasOwn(prototype.constructor, "~base")) {
    own.push(prototype);
    prototype = Object.getPrototypeOf(prototype) as object;
  }
  const bases = baseChain(prototype);
  const hooks = new Set(["constructor", ...bases.flatMap((base) => base.hooks)]);
  const commands = new Map<string, CommandMethod>();
  for (const layer of own.toReversed()) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(layer))) {
      if (hooks.has(name) || name in prototype) continue;
      if (name === "then")
        throw new TypeError(`${actorClass.name}.then: a facade with that command would be taken for a promise.`);
      if (typeof property.value === "function") commands.set(name, property.value as CommandMethod);
      else commands.delete(name);
    }
  }
  return { base: { ...bases[0], hooks: [...hooks] } as ActorBase, commands };
}

function baseChain(prototype: object): ActorBase[] {
  const bases: ActorBase[] = [];
  for (let p = prototype; p !== Object.prototype; p = Object.getPrototypeOf(p) as object) {
    const brand = (p.constructor as { "~base"?: ActorBase })["~base"];
    if (brand !== undefined) bases.push(brand);
  }
  return bases;
}
