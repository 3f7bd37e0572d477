// What one plugin reaches of the system. All that it installs is noted, so that it can be taken away with the plugin.
import type { ActorType } from "./address.ts";
import { PortTaken } from "./errors.ts";
import { outbound, outputPermit } from "./extension-points.ts";
import type { Interceptor, Interceptors } from "./interceptors.ts";
import type { Kernel } from "./kernel.ts";
import type { Plugin, PluginHost } from "./plugin.ts";
import type { Port } from "./port.ts";

/** What a phase of taking down is called. */
export type Ending = "drain" | "close";

export interface Installed {
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

/** What provides a port, and who. */
export interface Provided {
  readonly name: string;
  readonly by: string;
  readonly value: unknown;
}

export interface PluginHostParts {
  readonly kernel: Kernel;
  readonly interceptors: Interceptors;
  readonly hostedTypes: readonly ActorType[];
  readonly ports: Map<object, Provided>;
  find<T>(port: Port<T>): T | undefined;
  require<T>(port: Port<T>, neededBy: string): T;
  /** Whether the system runs already: what it was built on does not change any more. */
  readonly isRunning: () => boolean;
}

export function createPluginHost(parts: PluginHostParts, installed: Installed): PluginHost {
  const { name } = installed.plugin;
  const { kernel, hostedTypes } = parts;
  const { session, clock, random, scheduler, log, local, deadLetters } = kernel;
  return {
    systemName: kernel.name,
    session: session.id,
    clock,
    random,
    scheduler,
    events: eventsFor(kernel, installed),
    log: log.child({ plugin: name }),
    deadLetters,
    local,
    hostedTypes,
    find: (port) => parts.find(port),
    require: (port) => parts.require(port, `plugin "${name}"`),
    provide: (port, value) => provide(parts, installed, port, value),
    intercept: (interceptor, types) => intercept(parts, installed, interceptor, types),
    deadLetter: (envelope, reason, cause) => deadLetters.add(envelope, reason, cause),
  };
}

function provide<T>({ ports, isRunning }: PluginHostParts, by: Installed, port: Port<T>, value: T): void {
  refuseOver(by);
  const { name } = by.plugin;
  const isOfKernel = (port as object) === outbound || (port as object) === outputPermit;
  if (isOfKernel && isRunning()) {
    throw new TypeError(
      `Plugin "${name}" provides "${port.name}", which the system is built on: list it in createSystem.`,
    );
  }
  const taken = ports.get(port);
  if (taken !== undefined) throw new PortTaken(port.name, taken.by, name);
  ports.set(port, { name: port.name, by: name, value });
}

function intercept(
  { interceptors, kernel }: PluginHostParts,
  installed: Installed,
  interceptor: Interceptor,
  types: readonly ActorType[] | undefined,
): () => void {
  const { name } = installed.plugin;
  if (typeof interceptor !== "function") throw new TypeError(`Plugin "${name}": an interceptor is a function.`);
  if (types !== undefined && !Array.isArray(types)) throw new TypeError(`Plugin "${name}": types is a list.`);
  refuseOver(installed);
  const one = { plugin: name, interceptor, types };
  interceptors.add(one);
  kernel.local.intercept();
  return ending(installed, () => {
    interceptors.remove((other) => other === one);
    kernel.local.intercept();
  });
}

/** The system's own bus, except that what is subscribed through it ends with the plugin. */
function eventsFor({ events }: Kernel, installed: Installed): PluginHost["events"] {
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
