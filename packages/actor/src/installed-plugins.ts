// The plugins of one system: installed in order, asked by port or by factory, removed or closed in reverse.
import type { ActorType } from "./address.ts";
import { PluginFailed, PluginInUse, PortMissing, SystemStopped } from "./errors.ts";
import { refuseUnknown } from "./hosted-type.ts";
import type { Interceptors } from "./interceptors.ts";
import type { Kernel } from "./kernel.ts";
import type { Plugin, PluginFactory } from "./plugin.ts";
import { createPluginHost, type Ending, type Installed, type PluginHostParts, type Provided } from "./plugin-host.ts";
import type { Port } from "./port.ts";
import { within } from "./promises.ts";
import { readable } from "./thrown.ts";

/** Where a plugin that comes later is to stand. @default last */
export interface InstallPosition {
  /** The name of the plugin that it is to stand in front of. */
  readonly before?: string;
}

export class InstalledPlugins {
  readonly #kernel: Kernel;
  readonly #parts: PluginHostParts;
  readonly #ports = new Map<object, Provided>();
  #installed: Installed[] = [];
  #isRunning = false;
  #isStopping = false;

  constructor(kernel: Kernel, interceptors: Interceptors, hostedTypes: readonly ActorType[]) {
    this.#kernel = kernel;
    this.#parts = {
      kernel,
      interceptors,
      hostedTypes,
      ports: this.#ports,
      find: (port) => this.find(port),
      require: (port, neededBy) => this.require(port, neededBy),
      isRunning: () => this.#isRunning,
    };
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
    this.#isRunning = true;
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

  /** Runs the phase for all, last installed first; reports what fails or takes longer than `timeoutMs` each, and goes on. */
  async each(phase: Ending, timeoutMs: number): Promise<void> {
    const { scheduler } = this.#kernel;
    this.#isStopping = true;
    for (const installed of this.#installed.toReversed()) {
      if (installed.isInstalling) continue;
      try {
        const late = (): Error => new Error(`it took more than ${timeoutMs} ms (stopTimeoutMs)`);
        await within(scheduler, timeoutMs, this.#once(installed, phase), late);
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
      installed.api = await this.#run(plugin, "installation", () =>
        plugin.install(createPluginHost(this.#parts, installed)),
      );
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
      throw new PluginFailed(plugin.name, during, readable(error));
    }
  }
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
