// The plugins of one system: installed in order, asked by port or by factory, removed or closed in reverse.
import type { ActorType } from "./address.ts";
import { PluginFailed, PluginInUse, PortMissing, PortTaken, SystemStopped } from "./errors.ts";
import { refuseUnknown } from "./hosted-type.ts";
import type { Interceptor, Interceptors } from "./interceptors.ts";
import type { Kernel } from "./kernel.ts";
import type { Plugin, PluginFactory, PluginHost } from "./plugin.ts";
import type { Port } from "./port.ts";

type Ending = "drain" | "close";

interface Installed {
  readonly plugin: Plugin;
  api: unknown;
  /** While its `install` runs, nobody else takes it down. */
  isInstalling: boolean;
  /** What ends with it, in the order it was made. */
  readonly endings: Set<() => void>;
  /** Its drain and its close, once each, whoever asks for them. */
  readonly done: Map<Ending, Promise<void>>;
  isOver: boolean;
}

/** Where a plugin that comes later is to stand. @default last */
export interface InstallPosition {
  /** The name of the plugin that it is to stand in front of. */
  readonly before?: string;
}

export class InstalledPlugins {
  readonly #kernel: Kernel;
  readonly #interceptors: Interceptors;
  readonly #hostedTypes: readonly ActorType[];
  #installed: Installed[] = [];
  readonly #ports = new Map<object, { readonly name: string; readonly by: string; readonly value: unknown }>();
  #isStopping = false;

  constructor(kernel: Kernel, interceptors: Interceptors, hostedTypes: readonly ActorType[]) {
    this.#kernel = kernel;
    this.#interceptors = interceptors;
    this.#hostedTypes = hostedTypes;
  }

  /** In their order, the first one outermost. */
  names(): string[] {
    return this.#installed.map(({ plugin }) => plugin.name);
  }

  /** @throws TypeError for two of one name; PluginFailed (`ACTOR_PLUGIN_FAILED`) naming the one that threw. */
  async install(listed: readonly Plugin[]): Promise<void> {
    for (const plugin of withIncluded(listed, this.names())) await this.#install(plugin);
  }

  async start(): Promise<void> {
    for (const { plugin } of this.#installed) await this.#run(plugin, "start", () => plugin.start?.());
  }

  /**
   * Installs and starts one more while the system runs; with one that fails nothing has changed.
   * @throws TypeError for a name that is taken or unknown; PluginFailed (`ACTOR_PLUGIN_FAILED`); SystemStopped
   * (`ACTOR_SYSTEM_STOPPED`) when the system is stopped meanwhile
   */
  async add(plugin: Plugin, position: InstallPosition = {}): Promise<void> {
    refuseUnknown("install", position, ["before"]);
    const names = this.names();
    const { before } = position;
    const included = withIncluded([plugin], names);
    if (before !== undefined && !names.includes(before))
      throw new TypeError(`install "${plugin.name}" before "${before}": there are ${names.join(", ")}.`);
    try {
      for (const one of included) await this.#install(one, before);
      for (const one of included) {
        if (this.#isStopping) throw new SystemStopped(this.#kernel.name);
        await this.#run(one, "start", () => one.start?.());
      }
    } catch (error) {
      for (const one of included.toReversed()) await this.#takeBack(one);
      throw error;
    }
  }

  /**
   * Closes one and takes away what it installed.
   * @throws TypeError when it is not installed; PluginInUse (`ACTOR_PLUGIN_IN_USE`) for one that provides ports;
   * PluginFailed (`ACTOR_PLUGIN_FAILED`) when its closing failed: it is removed all the same
   */
  async remove(plugin: Plugin): Promise<void> {
    const found = this.#find(plugin);
    if (found === undefined || found.isInstalling) throw new TypeError(`Plugin "${plugin.name}" is not installed.`);
    const ports = [...this.#ports.values()].filter(({ by }) => by === plugin.name).map(({ name }) => name);
    if (ports.length > 0) throw new PluginInUse(plugin.name, ports);
    await this.#take(found);
  }

  /** Runs the phase for all, last installed first; reports what fails and goes on. */
  async each(phase: Ending): Promise<void> {
    this.#isStopping = true;
    for (const installed of this.#installed.toReversed()) {
      if (installed.isInstalling) continue;
      try {
        await this.#once(installed, phase);
      } catch (error) {
        this.#report(`${phase} of ${installed.plugin.name}`, error);
      }
    }
  }

  use<Api>(plugin: Plugin<Api> | PluginFactory<Api>): Api {
    if ("api" in plugin) return this.require(plugin.api, "system.use");
    const found = this.#find(plugin);
    if (found !== undefined) return found.api as Api;
    throw new PortMissing(plugin.name, "system.use");
  }

  find<T>(port: Port<T>): T | undefined {
    return this.#ports.get(port)?.value as T | undefined;
  }

  require<T>(port: Port<T>, neededBy: string): T {
    const found = this.#ports.get(port);
    if (found === undefined) throw new PortMissing(port.name, neededBy);
    return found.value as T;
  }

  /** @param before the name of the one to stand in front of; last without it, or when that one has gone meanwhile */
  async #install(plugin: Plugin, before?: string): Promise<void> {
    const installed: Installed = {
      plugin,
      api: undefined,
      isInstalling: true,
      endings: new Set(),
      done: new Map(),
      isOver: false,
    };
    const position = before === undefined ? -1 : this.names().indexOf(before);
    this.#installed = this.#installed.toSpliced(position < 0 ? this.#installed.length : position, 0, installed);
    try {
      installed.api = await this.#run(plugin, "installation", () => plugin.install(this.#hostFor(installed)));
    } finally {
      installed.isInstalling = false;
    }
  }

  /** Nothing of it is around a message any more when it closes. */
  async #take(installed: Installed): Promise<void> {
    const { name } = installed.plugin;
    try {
      await this.#once(installed, "drain");
    } finally {
      installed.isOver = true;
      for (const [port, { by }] of this.#ports) if (by === name) this.#ports.delete(port);
      for (const end of [...installed.endings].toReversed()) end();
      await this.#once(installed, "close").finally(() => {
        this.#installed = this.#installed.filter((one) => one !== installed);
      });
    }
  }

  async #takeBack(plugin: Plugin): Promise<void> {
    const found = this.#find(plugin);
    if (found === undefined) return;
    await this.#take(found).catch((error: unknown) => this.#report(`removal of ${plugin.name}`, error));
  }

  #once({ plugin, done }: Installed, phase: Ending): Promise<void> {
    const known = done.get(phase);
    if (known !== undefined) return known;
    let begin!: () => void;
    // Noted before it begins: what it calls may lead here again.
    const begun = new Promise<void>((settle) => {
      begin = () => settle(this.#run(plugin, phase, () => plugin[phase]?.()));
    });
    done.set(phase, begun);
    begin();
    return begun;
  }

  #report(during: string, error: unknown): void {
    this.#kernel.events.publish({ type: "listener-failed", during, error });
  }

  #find(plugin: Plugin): Installed | undefined {
    return this.#installed.find((one) => one.plugin === plugin);
  }

  async #run<T>(plugin: Plugin, during: string, step: () => T | Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      throw new PluginFailed(plugin.name, during, error);
    }
  }

  #hostFor(installed: Installed): PluginHost {
    const { name } = installed.plugin;
    const { session, clock, random, scheduler, log, local, deadLetters } = this.#kernel;
    return {
      systemName: this.#kernel.name,
      session: session.id,
      clock,
      random,
      scheduler,
      events: this.#eventsFor(installed),
      log: log.child({ plugin: name }),
      local,
      hostedTypes: this.#hostedTypes,
      find: (port) => this.find(port),
      require: (port) => this.require(port, `plugin "${name}"`),
      provide: (port, value) => this.#provide(port, value, installed),
      intercept: (interceptor, types) => this.#intercept(installed, interceptor, types),
      deadLetter: (envelope, reason, cause) => deadLetters.add(envelope, reason, cause),
    };
  }

  #provide<T>(port: Port<T>, value: T, by: Installed): void {
    refuseOver(by);
    const { name } = by.plugin;
    const taken = this.#ports.get(port);
    if (taken !== undefined) throw new PortTaken(port.name, taken.by, name);
    this.#ports.set(port, { name: port.name, by: name, value });
  }

  #intercept(installed: Installed, interceptor: Interceptor, types: readonly ActorType[] | undefined): () => void {
    const { name } = installed.plugin;
    if (typeof interceptor !== "function") throw new TypeError(`Plugin "${name}": an interceptor is a function.`);
    if (types !== undefined && !Array.isArray(types)) throw new TypeError(`Plugin "${name}": types is a list.`);
    refuseOver(installed);
    const one = { plugin: name, interceptor, types };
    this.#interceptors.add(one);
    this.#kernel.local.intercept();
    return ending(installed, () => {
      this.#interceptors.remove((other) => other === one);
      this.#kernel.local.intercept();
    });
  }

  /** The system's own bus, except that what is subscribed through it ends with the plugin. */
  #eventsFor(installed: Installed): PluginHost["events"] {
    const { events } = this.#kernel;
    return {
      isWanted: (type) => events.isWanted(type),
      publish: (event) => events.publish(event),
      subscribe: (listener, wants) => {
        refuseOver(installed);
        return ending(installed, events.subscribe(listener, wants));
      },
      on: (type, listener) => {
        refuseOver(installed);
        return ending(installed, events.on(type, listener));
      },
    };
  }
}

/** What a plugin installs late would have no end. */
function refuseOver({ isOver, plugin }: Installed): void {
  if (isOver) throw new TypeError(`Plugin "${plugin.name}" is not installed any more.`);
}

function ending({ endings }: Installed, end: () => void): () => void {
  const once = (): void => {
    if (endings.delete(once)) end();
  };
  endings.add(once);
  return once;
}

/** Included plugins stand before the first one that includes them, unless one of their name is there or listed. */
function withIncluded(listed: readonly Plugin[], installed: readonly string[]): Plugin[] {
  const names = new Set(installed);
  for (const plugin of listed) {
    const name = nameOf(plugin);
    if (names.has(name)) throw new TypeError(`Two plugins are named "${name}"; names are unique in a system.`);
    names.add(name);
  }
  const absent = ({ name }: Plugin): boolean => !names.has(name) && names.add(name).has(name);
  return listed.flatMap((plugin) => [...(plugin.includes ?? []).filter(absent), plugin]);
}

/** @throws TypeError for what is no plugin */
function nameOf(plugin: Plugin): string {
  if (typeof plugin !== "object" || plugin === null || typeof plugin.name !== "string" || plugin.name === "")
    throw new TypeError("A plugin is an object with a name and install().");
  if (typeof plugin.install !== "function") throw new TypeError(`Plugin "${plugin.name}" has no install().`);
  return plugin.name;
}
