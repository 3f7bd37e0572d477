// The plugins of one system: installed in order, asked by port or by factory, removed or closed in reverse.
import type { ActorType } from "./address.ts";
import { PluginFailed, PluginInUse, PortMissing, PortTaken } from "./errors.ts";
import type { Interceptors } from "./interceptors.ts";
import type { Kernel } from "./kernel.ts";
import type { Plugin, PluginFactory, PluginHost } from "./plugin.ts";
import type { Port } from "./port.ts";

type Phase = "start" | "drain" | "close";

interface Installed {
  readonly plugin: Plugin;
  api: unknown;
  /** What ends with it, last made first. */
  readonly endings: (() => void)[];
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
    for (const plugin of withIncluded(listed, this.names())) await this.#install(plugin, this.#installed.length);
  }

  async start(): Promise<void> {
    for (const { plugin } of this.#installed) await this.#run(plugin, "start", () => plugin.start?.());
  }

  /**
   * Installs and starts one more while the system runs; with one that fails nothing has changed.
   * @throws TypeError for a name that is taken or unknown; PluginFailed (`ACTOR_PLUGIN_FAILED`)
   */
  async add(plugin: Plugin, { before }: InstallPosition = {}): Promise<void> {
    const names = this.names();
    const position = before === undefined ? names.length : names.indexOf(before);
    if (position < 0)
      throw new TypeError(`install "${plugin.name}" before "${before}": there are ${names.join(", ")}.`);
    const included = withIncluded([plugin], names);
    try {
      for (const [i, one] of included.entries()) await this.#install(one, position + i);
      for (const one of included) await this.#run(one, "start", () => one.start?.());
    } catch (error) {
      for (const one of included.toReversed())
        await this.#take(one).catch((failed) => this.#report(`removal of ${one.name}`, failed));
      throw error;
    }
  }

  /**
   * Closes one and takes away what it installed.
   * @throws TypeError when it is not installed; PluginInUse (`ACTOR_PLUGIN_IN_USE`) for one that provides ports;
   * PluginFailed (`ACTOR_PLUGIN_FAILED`) when its closing failed: it is removed all the same
   */
  async remove(plugin: Plugin): Promise<void> {
    if (this.#find(plugin) === undefined) throw new TypeError(`Plugin "${plugin.name}" is not installed.`);
    const ports = [...this.#ports.values()].filter(({ by }) => by === plugin.name).map(({ name }) => name);
    if (ports.length > 0) throw new PluginInUse(plugin.name, ports);
    await this.#take(plugin);
  }

  /** Runs the phase for all, last installed first; reports what fails and goes on. */
  async each(phase: Exclude<Phase, "start">): Promise<void> {
    for (const { plugin } of this.#installed.toReversed()) {
      try {
        await this.#run(plugin, phase, () => plugin[phase]?.());
      } catch (error) {
        this.#report(`${phase} of ${plugin.name}`, error);
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

  async #install(plugin: Plugin, position: number): Promise<void> {
    const installed: Installed = { plugin, api: undefined, endings: [] };
    this.#installed.splice(position, 0, installed);
    installed.api = await this.#run(plugin, "installation", () => plugin.install(this.#hostFor(installed)));
  }

  async #take(plugin: Plugin): Promise<void> {
    try {
      await this.#run(plugin, "drain", () => plugin.drain?.());
      await this.#run(plugin, "close", () => plugin.close?.());
    } finally {
      const found = this.#find(plugin);
      this.#installed = this.#installed.filter((one) => one !== found);
      for (const [port, { by }] of this.#ports) if (by === plugin.name) this.#ports.delete(port);
      for (const end of found?.endings.toReversed() ?? []) end();
    }
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
      provide: (port, value) => this.#provide(port, value, name),
      intercept: (interceptor, types) => this.#intercept(installed, { plugin: name, interceptor, types }),
      deadLetter: (envelope, reason, cause) => deadLetters.add(envelope, reason, cause),
    };
  }

  #provide<T>(port: Port<T>, value: T, by: string): void {
    const taken = this.#ports.get(port);
    if (taken !== undefined) throw new PortTaken(port.name, taken.by, by);
    this.#ports.set(port, { name: port.name, by, value });
  }

  #intercept(installed: Installed, one: Parameters<Interceptors["add"]>[0]): () => void {
    const end = (): void => {
      this.#interceptors.remove((other) => other === one);
      this.#kernel.local.intercept();
    };
    this.#interceptors.add(one);
    this.#kernel.local.intercept();
    installed.endings.push(end);
    return end;
  }

  /** The system's own bus, except that what is subscribed through it ends with the plugin. */
  #eventsFor({ endings }: Installed): PluginHost["events"] {
    const { events } = this.#kernel;
    const noted = (end: () => void): (() => void) => {
      endings.push(end);
      return end;
    };
    return {
      isWanted: (type) => events.isWanted(type),
      publish: (event) => events.publish(event),
      subscribe: (listener, wants) => noted(events.subscribe(listener, wants)),
      on: (type, listener) => noted(events.on(type, listener)),
    };
  }
}

/** Included plugins stand before the first one that includes them, unless one of their name is there or listed. */
function withIncluded(listed: readonly Plugin[], installed: readonly string[]): Plugin[] {
  const names = new Set(installed);
  for (const { name } of listed) {
    if (names.has(name)) throw new TypeError(`Two plugins are named "${name}"; names are unique in a system.`);
    names.add(name);
  }
  const absent = ({ name }: Plugin): boolean => !names.has(name) && names.add(name).has(name);
  return listed.flatMap((plugin) => [...(plugin.includes ?? []).filter(absent), plugin]);
}
