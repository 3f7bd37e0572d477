// The plugins of one system: installed in order, asked by port or by factory, closed in reverse.
import type { ActorType } from "./address.ts";
import { PluginFailed, PortMissing, PortTaken } from "./errors.ts";
import type { Kernel } from "./kernel.ts";
import type { LocalActors, Plugin, PluginFactory, PluginHost } from "./plugin.ts";
import type { Port } from "./port.ts";

type Phase = "start" | "drain" | "close";

export class InstalledPlugins {
  readonly #kernel: Kernel;
  readonly #local: LocalActors;
  readonly #hostedTypes: readonly ActorType[];
  readonly #installed = new Map<Plugin, unknown>();
  readonly #ports = new Map<object, { readonly by: string; readonly value: unknown }>();

  constructor(kernel: Kernel, local: LocalActors, hostedTypes: readonly ActorType[]) {
    this.#kernel = kernel;
    this.#local = local;
    this.#hostedTypes = hostedTypes;
  }

  /** @throws TypeError for two of one name; PluginFailed (`ACTOR_PLUGIN_FAILED`) naming the one that threw. */
  async install(listed: readonly Plugin[]): Promise<void> {
    for (const plugin of withIncluded(listed)) {
      this.#installed.set(plugin, undefined);
      this.#installed.set(plugin, await this.#run(plugin, "installation", () => plugin.install(this.#hostFor(plugin))));
    }
  }

  async start(): Promise<void> {
    for (const plugin of this.#installed.keys()) await this.#run(plugin, "start", () => plugin.start?.());
  }

  /** Runs the phase for all, last installed first; reports what fails and goes on. */
  async each(phase: Exclude<Phase, "start">): Promise<void> {
    for (const plugin of [...this.#installed.keys()].toReversed()) {
      try {
        await this.#run(plugin, phase, () => plugin[phase]?.());
      } catch (error) {
        this.#kernel.events.publish({ type: "listener-failed", during: `${phase} of ${plugin.name}`, error });
      }
    }
  }

  use<Api>(plugin: Plugin<Api> | PluginFactory<Api>): Api {
    if ("api" in plugin) return this.require(plugin.api, "system.use");
    if (this.#installed.has(plugin)) return this.#installed.get(plugin) as Api;
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

  async #run<T>(plugin: Plugin, during: string, step: () => T | Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      throw new PluginFailed(plugin.name, during, error);
    }
  }

  #hostFor(plugin: Plugin): PluginHost {
    const { name, session, clock, random, scheduler, events } = this.#kernel;
    return {
      systemName: name,
      session: session.id,
      clock,
      random,
      scheduler,
      events,
      local: this.#local,
      hostedTypes: this.#hostedTypes,
      find: (port) => this.find(port),
      require: (port) => this.require(port, `plugin "${plugin.name}"`),
      provide: (port, value) => {
        const taken = this.#ports.get(port);
        if (taken !== undefined) throw new PortTaken(port.name, taken.by, plugin.name);
        this.#ports.set(port, { by: plugin.name, value });
      },
    };
  }
}

/** Included plugins stand before the first one that includes them, unless one of their name is listed. */
function withIncluded(listed: readonly Plugin[]): Plugin[] {
  const names = new Set<string>();
  for (const { name } of listed) {
    if (names.has(name)) throw new TypeError(`Two plugins are named "${name}"; names are unique in a system.`);
    names.add(name);
  }
  const absent = ({ name }: Plugin): boolean => !names.has(name) && names.add(name).has(name);
  return listed.flatMap((plugin) => [...(plugin.includes ?? []).filter(absent), plugin]);
}
