// One class as this node hosts it: how its objects are made, what was chosen for it, and which of its actors are in memory.
import { type Actor, isBound } from "./actor.ts";
import { type ActorClass, type ClassInfo, type CommandMethod, describeClass } from "./actor-class.ts";
import { type ActorOptions, actorOptionNames, type SettledOptions, settleOptions } from "./actor-options.ts";
import type { ActorId } from "./address.ts";
import type { Cell } from "./cell.ts";
import type { Durability } from "./durability.ts";
import { EncodedValue } from "./codec.ts";
import { argumentsOf, type Envelope } from "./envelope.ts";
import { InvalidArguments, TurnRefused } from "./errors.ts";
import type { Flag } from "./flag.ts";
import type { Interceptors, Receive } from "./interceptors.ts";
import type { Kernel } from "./kernel.ts";
import { isThenable } from "./promises.ts";
import { readSchemas, type SchemasByCommand, validate } from "./schemas.ts";
import { describe } from "./shown.ts";

/** What a node may choose for a class that it hosts. */
export interface HostOptions<A extends Actor = Actor> extends ActorOptions {
  /** Makes the object of each incarnation; may be async. @default `new Class()` */
  readonly create?: () => A | Promise<A>;
}

/** A class together with the options of this node. */
export interface Hosting<A extends Actor = Actor> {
  readonly actorClass: ActorClass<A>;
  readonly options: HostOptions<A>;
}

const optionNames: readonly string[] = ["create", ...actorOptionNames] satisfies (keyof HostOptions)[];

/**
 * Hosts a class with options: `actors: [host(Account, { create: () => new Account(deps) })]`.
 * @throws TypeError for a misspelled option, RangeError for one out of range.
 */
export function host<A extends Actor>(actorClass: ActorClass<A>, options: HostOptions<NoInfer<A>> = {}): Hosting<A> {
  const info = describeClass(actorClass);
  checkHostOptions(`host(${actorClass.name})`, options, optionNames);
  settleOptions(info, options, {});
  return { actorClass, options };
}

/** @throws TypeError naming what was given and what to use. */
export function checkHostOptions(owner: string, options: HostOptions, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${owner}: the options are ${describe(options)}; use an object, or leave them out.`);
  }
  refuseUnknown(owner, options, known);
  if (options.create !== undefined) checkFunction(`${owner}: create`, options.create);
}

/** @throws TypeError naming what was given. */
export function checkFunction(what: string, value: unknown): void {
  if (typeof value !== "function") throw new TypeError(`${what} is ${describe(value)}; use a function.`);
}

/** @throws TypeError naming the option and those that there are. */
export function refuseUnknown(owner: string, options: object, known: readonly string[]): void {
  for (const name in options) {
    if (!known.includes(name))
      throw new TypeError(`${owner}: unknown option "${name}"; there are ${known.join(", ")}.`);
  }
}

/** Objects that a promise brought: two that wait for the same one get it before either is bound. */
const promised = new WeakSet<Actor>();

export class HostedType {
  readonly kernel: Kernel;
  readonly info: ClassInfo;
  readonly options: SettledOptions;
  /** What `host` was given. */
  readonly chosen: ActorOptions;
  readonly cells: Map<ActorId, Cell> = new Map();
  /** Set once the plugins are installed. */
  durability: Durability | undefined;
  /** What stands around its commands; absent where nothing does. */
  receive: Receive | undefined;
  /** Counted up by each look for idle actors. */
  round = 0;
  /**
   * No gate of its actors is ever shut: they are volatile, no plugin says when outputs may leave, and messages keep the form
   * that they have. Most of what the end of a turn is about then need not be looked at. Settled once plugins are installed.
   */
  isPlain: Flag = false;
  /** Plain, and nothing stands around its commands. */
  isBare: Flag = false;
  /** In memory, children included. */
  resident = 0;
  /** Of a limited type: asked to make room, and still on their way out. */
  departing = 0;
  /** Of a limited type: came to rest while there were too many. */
  rested: Cell[] = [];
  /** Whether there may be only so many of them in memory. */
  readonly isLimited: boolean;
  readonly #create: () => Actor | Promise<Actor>;
  readonly #validated: Receive | undefined;
  #isChecked = false;
  #lastCommand: string | undefined = undefined;
  #lastMethod: CommandMethod | undefined = undefined;

  constructor(kernel: Kernel, hosting: ActorClass | Hosting, systemOptions: ActorOptions) {
    const { actorClass, options } = typeof hosting === "object" && hosting !== null ? hosting : host(hosting);
    this.kernel = kernel;
    this.info = describeClass(actorClass);
    this.chosen = options;
    this.options = settleOptions(this.info, options, systemOptions);
    this.isLimited = Number.isFinite(this.options.maxResident);
    this.#create = options.create ?? (() => new (actorClass as unknown as new () => Actor)());
    const schemas = readSchemas(this.info);
    this.#validated = schemas && validating(schemas);
    this.receive = this.#validated;
  }

  /** The method of a command, if there is one; most messages name the same as the one before. */
  methodOf(command: string): CommandMethod | undefined {
    return command === this.#lastCommand ? this.#lastMethod : this.#look(command);
  }

  #look(command: string): CommandMethod | undefined {
    const method = this.info.commands.get(command);
    if (method !== undefined) {
      this.#lastCommand = command;
      this.#lastMethod = method;
    }
    return method;
  }

  /** Once plugins are installed. */
  settle(durability: Durability | undefined): void {
    this.durability = durability;
    this.isPlain = durability === undefined && this.kernel.permit === undefined && !this.kernel.simulateRemote;
    this.isBare = this.isPlain && this.receive === undefined;
  }

  /** Puts interceptors around the commands, or takes them away. */
  intercept(interceptors: Interceptors): void {
    this.receive = interceptors.around(this.info.type, this.#validated, runCommand);
    this.isBare = this.isPlain && this.receive === undefined;
  }

  create(make: (() => Actor | Promise<Actor>) | undefined): Actor | Promise<Actor> {
    const made = (make ?? this.#create)();
    if (!isThenable(made)) return this.#check(made);
    return Promise.resolve(made).then((actor) => {
      this.#check(actor);
      if (promised.has(actor)) throw this.#notFresh();
      promised.add(actor);
      return actor;
    });
  }

  /** Every object is of the class; the first one shows whether that keeps to the rules that types cannot hold. */
  #check(actor: Actor): Actor {
    const { actorClass, type } = this.info;
    if (actor?.constructor !== actorClass) {
      throw new TypeError(`create() of "${type}" made ${actor?.constructor?.name}, not ${actorClass.name}.`);
    }
    if (isBound(actor)) throw this.#notFresh();
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

  #notFresh(): TypeError {
    return new TypeError(
      `create() of "${this.info.type}" made an object that it made before; make a fresh one each time.`,
    );
  }
}

/** The method with the arguments of the message. */
export function runCommand(actor: Actor, method: CommandMethod, envelope: Envelope): unknown {
  const { args } = envelope;
  if (!Array.isArray(args) && !(args instanceof EncodedValue)) return method.call(actor, args);
  return apply(actor, method, listOf(envelope));
}

/** What comes from elsewhere may be anything. @throws TurnRefused */
function listOf(envelope: Envelope): readonly unknown[] {
  let list: unknown;
  try {
    list = argumentsOf(envelope);
  } catch (error) {
    throw unreadable(envelope, String(error));
  }
  if (Array.isArray(list)) return list;
  throw unreadable(envelope, "they are no list");
}

function unreadable({ to, command }: Envelope, message: string): TurnRefused {
  return new TurnRefused(new InvalidArguments(to.toString(), command, [{ message }]));
}

/** Written out for few arguments, since `apply` costs as much as the rest of a turn. */
function apply(actor: Actor, method: CommandMethod, args: readonly unknown[]): unknown {
  switch (args.length) {
    case 0:
      return method.call(actor);
    case 1:
      return method.call(actor, args[0]);
    case 2:
      return method.call(actor, args[0], args[1]);
    default:
      return method.apply(actor, args as unknown[]);
  }
}

function validating(schemas: SchemasByCommand): Receive {
  return (actor, method, envelope) => {
    const schema = schemas.get(envelope.command);
    if (schema === undefined) return runCommand(actor, method, envelope);
    const args = validate(schema, envelope.to, envelope.command, listOf(envelope));
    return args instanceof Promise ? args.then((valid) => apply(actor, method, valid)) : apply(actor, method, args);
  };
}
