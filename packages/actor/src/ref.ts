// How actors are spoken to: a ref never fails to be made, and may point anywhere in the cluster. Its `ask` and `tell`
// facades are ordinary objects whose prototypes are built once per class; no `Proxy`, no generated code.
import type { Actor } from "./actor.ts";
import type { AskFacade, ClassInfo, TellFacade } from "./actor-class.ts";
import type { ActorAddress, Addressed } from "./address.ts";
import { type CallOptions, checkCallOptions } from "./call-options.ts";
import { type Arguments, packArgument, packArguments } from "./envelope.ts";
import type { Flag } from "./flag.ts";

export interface ActorRef<A extends Actor> {
  readonly address: ActorAddress;
  /** Each call settles when what the command did is durable. */
  readonly ask: AskFacade<A>;
  /** Each call returns at once; delivery is at most once. */
  readonly tell: TellFacade<A>;
  /** The same actor with options; keep it for one call. */
  with(options: CallOptions): ActorRef<A>;
}

/** Who sends: the world outside a system, or the cell whose turn is open. */
export interface Sender {
  ask(target: Target, command: string, args: Arguments): Promise<unknown>;
  tell(target: Target, command: string, args: Arguments): void;
}

export interface Target {
  readonly address: ActorAddress;
  /** The address, or the spawned actor itself. */
  readonly place: Addressed;
  /** Its class is volatile, and nothing was chosen for the call. */
  readonly isPlain: Flag;
  readonly info: ClassInfo;
  readonly options: CallOptions | undefined;
}

type Facade = Record<string, (...args: unknown[]) => unknown>;
interface Facades {
  readonly ask: (ref: Ref) => Facade;
  readonly tell: (ref: Ref) => Facade;
}

const built = new WeakMap<ClassInfo, Facades>();
/** Most refs are made for the class of the one before. */
let lastInfo: ClassInfo | undefined;
let lastFacades: Facades | undefined;

class Ref implements Target {
  declare readonly info: ClassInfo;
  declare readonly options: CallOptions | undefined;
  declare readonly sender: Sender;
  declare readonly place: Addressed;
  declare private asking: Facade | undefined;
  declare private telling: Facade | undefined;

  constructor(sender: Sender, info: ClassInfo, place: Addressed, options?: CallOptions) {
    this.sender = sender;
    this.info = info;
    this.place = place;
    this.options = options;
    this.asking = undefined;
    this.telling = undefined;
  }

  get isPlain(): Flag {
    return this.options === undefined && this.info.isVolatile === true;
  }

  get address(): ActorAddress {
    return this.place.address;
  }

  get ask(): Facade {
    return (this.asking ??= facadesOf(this.info).ask(this));
  }

  get tell(): Facade {
    return (this.telling ??= facadesOf(this.info).tell(this));
  }

  with(options: CallOptions): Ref {
    checkCallOptions(options);
    return new Ref(this.sender, this.info, this.place, { ...this.options, ...options });
  }

  toString(): string {
    return this.address.toString();
  }
}

/** @param place an address, or a spawned actor, which nobody has to look for */
export function createRef<A extends Actor>(sender: Sender, info: ClassInfo, place: Addressed): ActorRef<A> {
  return new Ref(sender, info, place) as unknown as ActorRef<A>;
}

function facadesOf(info: ClassInfo): Facades {
  if (info === lastInfo && lastFacades !== undefined) return lastFacades;
  lastInfo = info;
  return (lastFacades = buildFacades(info));
}

function buildFacades(info: ClassInfo): Facades {
  let facades = built.get(info);
  if (facades === undefined) {
    facades = {
      ask: facade(info, (command) => askMethod(command)),
      tell: facade(info, (command) => tellMethod(command)),
    };
    built.set(info, facades);
  }
  return facades;
}

/** Where a facade keeps its ref: under a name that no command can have. */
const ownRef = Symbol("ref");

interface CommandFacade {
  readonly [ownRef]: Ref;
}

/** One argument, as most have, is passed on without a list around it. */
function askMethod(command: string) {
  const askWithMany = function (this: CommandFacade, ...args: unknown[]): Promise<unknown> {
    const ref = this[ownRef];
    return ref.sender.ask(ref, command, packArguments(args));
  };
  return function (this: CommandFacade, only: unknown): Promise<unknown> {
    // oxlint-disable-next-line prefer-rest-params -- passed on as they are, they need not be made into a list
    if (arguments.length !== 1) return Reflect.apply(askWithMany, this, arguments);
    const ref = this[ownRef];
    return ref.sender.ask(ref, command, typeof only === "object" ? packArgument(only) : only);
  };
}

function tellMethod(command: string) {
  const tellWithMany = function (this: CommandFacade, ...args: unknown[]): void {
    const ref = this[ownRef];
    ref.sender.tell(ref, command, packArguments(args));
  };
  return function (this: CommandFacade, only: unknown): void {
    // oxlint-disable-next-line prefer-rest-params -- passed on as they are, they need not be made into a list
    if (arguments.length !== 1) return Reflect.apply(tellWithMany, this, arguments);
    const ref = this[ownRef];
    ref.sender.tell(ref, command, typeof only === "object" ? packArgument(only) : only);
  };
}

function facade(info: ClassInfo, method: (command: string) => unknown): (ref: Ref) => Facade {
  class OwnFacade implements CommandFacade {
    declare readonly [ownRef]: Ref;
    constructor(ref: Ref) {
      this[ownRef] = ref;
    }
  }
  for (const command of info.commands.keys()) {
    Object.defineProperty(OwnFacade.prototype, command, { value: method(command) });
  }
  return (ref) => new OwnFacade(ref) as unknown as Facade;
}
