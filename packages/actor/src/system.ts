// The system: puts the parts together, hands out refs, and takes the parts down in order.
import type { Logger } from "pino";
import type { Actor } from "./actor.ts";
import { type ActorClass, describeClass } from "./actor-class.ts";
import { ActorAddress, type ActorId, type ActorType, checkType } from "./address.ts";
import { Outside } from "./asking.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Deadlines } from "./deadlines.ts";
import { Dispatcher } from "./dispatcher.ts";
import { SystemStopped } from "./errors.ts";
import { outbound, outputPermit } from "./extension-points.ts";
import { type Hosting, HostedType } from "./hosted-type.ts";
import { InstalledPlugins } from "./installed-plugins.ts";
import type { Kernel } from "./kernel.ts";
import { CellRegistry } from "./local-actors.ts";
import { LocalOutbound } from "./local-outbound.ts";
import { createLog, logSystemEvents } from "./logging.ts";
import { PendingAsk } from "./pending-ask.ts";
import type { OutputPermit, Plugin, PluginFactory } from "./plugin.ts";
import { type Random, randomId, systemRandom } from "./random.ts";
import { type ActorRef, createRef } from "./ref.ts";
import { type Scheduler, systemScheduler } from "./scheduler.ts";
import { Session } from "./session.ts";
import { SystemEventBus } from "./system-events.ts";

export interface SystemOptions {
  /** Names the system in logs and, in a cluster, in the store: a letter, then letters, digits, `_` or `-`. */
  readonly name: string;
  /** What this process hosts: classes, or classes with options from `host`. @default none */
  readonly actors?: readonly (ActorClass | Hosting)[];
  readonly plugins?: readonly Plugin[];
  /** For asks without a timeout of their own, in milliseconds. @default 5,000 */
  readonly askTimeoutMs?: number;
  /** A pino logger, or `false` for silence. @default JSON lines on standard error, level `info` */
  readonly log?: Logger | false;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly scheduler?: Scheduler;
}

const defaults = Object.freeze({ askTimeoutMs: 5_000, stopWithinMs: 10_000 });
const optionNames: readonly string[] = [
  "name",
  "actors",
  "plugins",
  "askTimeoutMs",
  "log",
  "clock",
  "random",
  "scheduler",
] satisfies (keyof SystemOptions)[];

/**
 * Makes a running system.
 * @throws TypeError or RangeError for a wrong option or class; PluginFailed (`ACTOR_PLUGIN_FAILED`), after closing what
 * had been installed; PortMissing (`ACTOR_PORT_MISSING`) when a hosted class needs a plugin that is not listed.
 */
export async function createSystem(options: SystemOptions): Promise<ActorSystem> {
  checkOptions(options);
  const system = new ActorSystem(options);
  try {
    await system.start(options.plugins ?? []);
    return system;
  } catch (error) {
    await system.stop();
    throw error;
  }
}

export class ActorSystem {
  readonly name: string;
  /** What happens in this system. */
  readonly events: SystemEventBus;
  readonly #kernel: Kernel;
  readonly #outside: Outside;
  readonly #actors: CellRegistry;
  readonly #plugins: InstalledPlugins;
  #stopping: Promise<void> | undefined;

  /** Use `createSystem`. */
  constructor(options: SystemOptions) {
    this.name = options.name;
    const types = hostTypes(options.actors ?? []);
    this.#kernel = createKernel(options);
    this.events = this.#kernel.events;
    this.#actors = new CellRegistry(this.#kernel, types);
    this.#kernel.outbound = new LocalOutbound(this.#kernel, this.#actors);
    this.#outside = new Outside(this.#kernel);
    this.#plugins = new InstalledPlugins(this.#kernel, this.#actors, [...types.keys()]);
    logSystemEvents(this.events, this.#kernel.log);
  }

  /** Part of `createSystem`. */
  async start(plugins: readonly Plugin[]): Promise<void> {
    await this.#plugins.install(plugins);
    this.#kernel.outbound = this.#plugins.find(outbound) ?? this.#kernel.outbound;
    this.#kernel.permit = failClosed(this.#plugins.find(outputPermit), this.events);
    for (const hosted of this.#actors.types.values()) {
      const { base, actorClass } = hosted.info;
      if (base.durability === undefined) continue;
      hosted.durability = this.#plugins.require(base.durability, `${actorClass.name}, an ${base.name},`);
      hosted.durability.check(actorClass);
    }
    await this.#plugins.start();
    this.events.publish({ type: "system-started", system: this.name });
  }

  /**
   * A ref for the world outside; inside a handler use `this.ctx.ref`. Never fails to find: the actor may live on any node,
   * and is activated by its first message.
   * @throws InvalidActorId (`ACTOR_INVALID_ID`), TypeError when the class is no actor class.
   */
  ref<A extends Actor>(actorClass: ActorClass<A>, id: ActorId): ActorRef<A> {
    const info = describeClass(actorClass);
    return createRef(this.#outside, info, new ActorAddress(info.type, id));
  }

  /** What a plugin offers. @throws PortMissing (`ACTOR_PORT_MISSING`) when it is not installed. */
  use<Api>(plugin: Plugin<Api> | PluginFactory<Api>): Api {
    return this.#plugins.use(plugin);
  }

  /** Actors in memory, by type. */
  counts(): Readonly<Record<ActorType, number>> {
    return this.#actors.counts();
  }

  /** Refuses new work, lets actors finish and leave (at most 10 s), closes the plugins in reverse. Safe to call again. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    this.#outside.isStopped = true;
    await this.#plugins.each("drain");
    await this.#within(this.#actors.stop());
    this.#actors.close();
    await this.#plugins.each("close");
    for (const waiting of this.#kernel.deadlines.entries()) {
      if (waiting instanceof PendingAsk) waiting.fail(new SystemStopped(this.name));
    }
    this.events.publish({ type: "system-stopped", system: this.name });
  }

  /** What has not left by then is abandoned; nothing that it held back leaves. */
  async #within(left: Promise<void>): Promise<void> {
    const { scheduler } = this.#kernel;
    await new Promise<void>((resolve) => {
      const cancel = scheduler.after(defaults.stopWithinMs, () => {
        this.#actors.close();
        this.#actors.abandon(() => true);
        resolve();
      });
      void left.then(() => {
        cancel();
        resolve();
      });
    });
  }
}

function createKernel(options: SystemOptions): Kernel {
  const { clock = systemClock, random = systemRandom, scheduler = systemScheduler } = options;
  return {
    name: options.name,
    session: new Session(randomId(random)),
    clock,
    random,
    scheduler,
    events: new SystemEventBus(),
    log: createLog(options.log, options.name),
    deadlines: new Deadlines(clock, scheduler),
    dispatcher: new Dispatcher(clock, scheduler),
    askTimeoutMs: options.askTimeoutMs ?? defaults.askTimeoutMs,
    outbound: { send: () => undefined, resend: () => undefined },
    permit: undefined,
  };
}

/** A permit that throws grants nothing. */
function failClosed(permit: OutputPermit | undefined, events: SystemEventBus): OutputPermit | undefined {
  if (permit === undefined) return undefined;
  return {
    granted: () => {
      try {
        return permit.granted();
      } catch (error) {
        events.publish({ type: "listener-failed", during: "output permit", error });
        return false;
      }
    },
  };
}

function hostTypes(actors: readonly (ActorClass | Hosting)[]): Map<ActorType, HostedType> {
  const types = new Map<ActorType, HostedType>();
  for (const hosting of actors) {
    const hosted = new HostedType(hosting);
    const { type, actorClass } = hosted.info;
    const other = types.get(type);
    if (other !== undefined) {
      throw new TypeError(
        `${other.info.actorClass.name} and ${actorClass.name} both have the type "${type}"; types are unique.`,
      );
    }
    types.set(type, hosted);
  }
  return types;
}

function checkOptions(options: SystemOptions): void {
  if (typeof options !== "object" || options === null)
    throw new TypeError("createSystem: give it options, at least a name.");
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name)) {
      throw new TypeError(`createSystem: unknown option "${name}"; there are ${optionNames.join(", ")}.`);
    }
  }
  try {
    checkType(options.name, "createSystem");
  } catch {
    throw new TypeError(
      `createSystem: name is ${JSON.stringify(options.name)}; use a letter, then letters, digits, "_" or "-".`,
    );
  }
  const { askTimeoutMs } = options;
  if (askTimeoutMs !== undefined && !(askTimeoutMs > 0 && askTimeoutMs <= 3_600_000)) {
    throw new RangeError(`createSystem: askTimeoutMs is ${askTimeoutMs}; use more than 0 and at most 3,600,000.`);
  }
}
