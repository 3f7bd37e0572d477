// The system: puts the parts together, hands out refs, and takes the parts down in order.
import type { Actor } from "./actor.ts";
import { type ActorClass, describeClass } from "./actor-class.ts";
import type { ActorId, ActorType } from "./address.ts";
import { Ask } from "./ask.ts";
import { systemClock } from "./clock.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Deadlines } from "./deadlines.ts";
import { Dispatcher } from "./dispatcher.ts";
import { SystemStopped } from "./errors.ts";
import { outbound, outputPermit } from "./extension-points.ts";
import { HostedType } from "./hosted-type.ts";
import { InstalledPlugins, type InstallPosition } from "./installed-plugins.ts";
import { Interceptors } from "./interceptors.ts";
import { type Kernel, send } from "./kernel.ts";
import { CellRegistry } from "./local-actors.ts";
import { LocalOutbound } from "./local-outbound.ts";
import { createLog, logSystemEvents } from "./logging.ts";
import { Outside } from "./outside.ts";
import type { Outbound, OutputPermit, Plugin, PluginFactory } from "./plugin.ts";
import { within } from "./promises.ts";
import { randomId, systemRandom } from "./random.ts";
import { samplesOf } from "./samples.ts";
import { type ActorRef, createRef } from "./ref.ts";
import { systemScheduler } from "./scheduler.ts";
import { Session } from "./session.ts";
import { checkSystemOptions, systemDefaults, type SystemOptions } from "./system-options.ts";
import { SystemEventBus, type SystemEvents } from "./system-events.ts";

/** Actors that are named when they hold up the end of the system. */
const maxNamed = 20;

/**
 * Makes a running system.
 * @throws TypeError or RangeError for a wrong option or class; PluginFailed (`ACTOR_PLUGIN_FAILED`), after closing what
 * had been installed; PortMissing (`ACTOR_PORT_MISSING`) when a hosted class needs a plugin that is not listed.
 */
export async function createSystem(options: SystemOptions): Promise<ActorSystem> {
  checkSystemOptions(options);
  sample ??= new ActorSystem({ name: "sample", log: false });
  const system = new ActorSystem(options);
  try {
    await system.start(options.plugins ?? []);
    return system;
  } catch (error) {
    await system.stop();
    throw error;
  }
}

/** Lives on for what its objects look like: see `samplesOf`. */
let sample: ActorSystem | undefined;

export class ActorSystem {
  readonly name: string;
  /** What happens in this system. */
  readonly events: SystemEvents;
  /** Messages that nobody handled and that had nobody to tell. */
  readonly deadLetters: Pick<DeadLetters, "size" | "total" | "list" | "replay" | "discard">;
  readonly #kernel: Kernel;
  readonly #outside: Outside;
  readonly #actors: CellRegistry;
  readonly #plugins: InstalledPlugins;
  readonly #stopTimeoutMs: number;
  #stopping: Promise<void> | undefined;

  /** Use `createSystem`. */
  constructor(options: SystemOptions) {
    this.name = options.name;
    this.#stopTimeoutMs = options.stopTimeoutMs ?? systemDefaults.stopTimeoutMs;
    const kernel = createKernel(options);
    this.#kernel = kernel;
    this.events = kernel.events;
    this.deadLetters = kernel.deadLetters;
    const interceptors: Interceptors = new Interceptors(() => this.#plugins.names());
    const types = hostTypes(kernel, options);
    this.#actors = new CellRegistry({ kernel, types, interceptors, systemOptions: options });
    kernel.local = this.#actors;
    kernel.outbound = new LocalOutbound(kernel, this.#actors);
    this.#outside = new Outside(kernel);
    this.#plugins = new InstalledPlugins(kernel, interceptors, [...types.keys()]);
    logSystemEvents(kernel.events, kernel.log, kernel.clock);
  }

  /** Part of `createSystem`. */
  async start(plugins: readonly Plugin[]): Promise<void> {
    await this.#plugins.install(plugins);
    const routing = this.#plugins.find(outbound);
    this.#kernel.isDirect = routing === undefined;
    this.#kernel.outbound = routing ?? this.#kernel.outbound;
    this.#kernel.permit = failClosed(this.#plugins.find(outputPermit), this.events);
    for (const hosted of this.#actors.types.values()) {
      const { base, actorClass } = hosted.info;
      const owner = `${actorClass.name}, an ${base.name},`;
      const durability = base.durability && this.#plugins.require(base.durability, owner);
      durability?.check(actorClass);
      hosted.settle(durability);
    }
    await this.#plugins.start();
    this.#actors.start();
    this.events.publish({ type: "system-started", system: this.name });
  }

  /**
   * A ref for the world outside; inside a handler use `this.ctx.ref`. Never fails to find: the actor may live on any node,
   * and is activated by its first message.
   * @throws InvalidActorId (`ACTOR_INVALID_ID`), TypeError when the class is no actor class.
   */
  ref<A extends Actor>(actorClass: ActorClass<A>, id: ActorId): ActorRef<A> {
    const info = describeClass(actorClass);
    return createRef(this.#outside, info, this.#actors.addressOf(info.type, id));
  }

  /** What a plugin offers. @throws PortMissing (`ACTOR_PORT_MISSING`) when it is not installed. */
  use<Api>(plugin: Plugin<Api> | PluginFactory<Api>): Api {
    return this.#plugins.use(plugin);
  }

  /**
   * Adds a plugin while the system runs; its interceptors stand around messages from then on.
   * @throws TypeError for a name that is taken, or a position that there is not; PluginFailed (`ACTOR_PLUGIN_FAILED`), after
   * which nothing of it is left
   */
  async install(plugin: Plugin, position?: InstallPosition): Promise<void> {
    if (this.#stopping !== undefined) throw new SystemStopped(this.name);
    await this.#plugins.add(plugin, position);
  }

  /**
   * Closes a plugin and takes away what it installed: interceptors, subscriptions. Turns that it stands around already end
   * with it. @throws PluginInUse (`ACTOR_PLUGIN_IN_USE`) for one that provides ports; TypeError for one that is not installed
   */
  async remove(plugin: Plugin): Promise<void> {
    await this.#plugins.remove(plugin);
  }

  /** Installed plugins by name, in their order: the first one stands outermost. */
  plugins(): readonly string[] {
    return this.#plugins.names();
  }

  /** Actors in memory, by type; children are among them. */
  counts(): Readonly<Record<ActorType, number>> {
    return this.#actors.counts();
  }

  /**
   * In phases, each with `stopTimeoutMs` at most: refuses new work from outside; plugins drain; actors handle what waits (for
   * half of the time at most) and leave, and what has not left is given up; plugins close in reverse; what still waits gets SystemStopped (`ACTOR_SYSTEM_STOPPED`).
   * Never rejects; safe to call again. For an app: `process.once("SIGTERM", () => void system.stop())`.
   */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    this.#outside.isStopped = true;
    await this.#plugins.each("drain", this.#stopTimeoutMs);
    await this.#within(this.#letActorsGo());
    this.#actors.close();
    await this.#plugins.each("close", this.#stopTimeoutMs);
    for (const waiting of this.#kernel.deadlines.entries()) {
      if (waiting instanceof Ask) waiting.fail(new SystemStopped(this.name));
    }
    this.#kernel.deadlines.close();
    this.events.publish({ type: "system-stopped", system: this.name });
  }

  /** Half of the time is for what waits; whoever is held up by then must not keep the others from leaving in order. */
  async #letActorsGo(): Promise<void> {
    let isLate = false;
    const drained = this.#actors.drain(() => isLate);
    const late = (): Error => new Error("late");
    await within(this.#kernel.scheduler, this.#stopTimeoutMs / 2, drained, late).catch(() => (isLate = true));
    await this.#actors.stop();
  }

  #reportHeldUp(): void {
    const left = this.#actors.addresses();
    const actors = left.slice(0, maxNamed).map((address) => address.toString());
    const { events } = this.#kernel;
    events.publish({ type: "stop-held-up", actors, total: left.length, afterMs: this.#stopTimeoutMs });
  }

  /** What has not left by then is abandoned; nothing that it held back leaves. */
  async #within(left: Promise<void>): Promise<void> {
    const { scheduler } = this.#kernel;
    await new Promise<void>((resolve) => {
      const cancel = scheduler.after(this.#stopTimeoutMs, () => {
        this.#reportHeldUp();
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
  const askTimeoutMs = Math.ceil(options.askTimeoutMs ?? systemDefaults.askTimeoutMs);
  const events = new SystemEventBus();
  const capacity = options.deadLetterCapacity ?? systemDefaults.deadLetterCapacity;
  const kernel: Kernel = {
    name: options.name,
    session: new Session(randomId(random)),
    clock,
    random,
    scheduler,
    events,
    log: createLog(options.log, options.name),
    deadlines: new Deadlines(clock, scheduler),
    dispatcher: new Dispatcher(clock, scheduler),
    deadLetters: new DeadLetters({
      clock,
      events,
      capacity,
      timeoutMs: askTimeoutMs,
      send: (envelope) => send(kernel, envelope),
    }),
    askTimeoutMs,
    simulateRemote: options.simulateRemote ?? false,
    isDirect: false,
    // Set by the constructor of the system, and once its plugins are there.
    local: undefined as unknown as CellRegistry,
    outbound: undefined as unknown as Outbound,
    permit: undefined,
    samples: [],
  };
  kernel.samples = samplesOf(kernel);
  return kernel;
}

/** A permit that throws grants nothing. */
function failClosed(permit: OutputPermit | undefined, events: SystemEvents): OutputPermit | undefined {
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

function hostTypes(kernel: Kernel, options: SystemOptions): Map<ActorType, HostedType> {
  const types = new Map<ActorType, HostedType>();
  for (const hosting of options.actors ?? []) {
    const hosted = new HostedType(kernel, hosting, options);
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
