// Servers, node processes that host tills, and this process as the node that asks them. All of it is gone afterwards.
import { ActorAddress, type ActorSystem, createSystem } from "@aether/actor";
import { cluster, type KnownNode, ownership } from "@aether/cluster";
import { setTimeout as delay } from "node:timers/promises";
import { NodeProcess } from "./node-process.ts";
import { nodePlugins, systemName } from "./plugins.ts";
import { type Servers, startServers } from "./servers.ts";
import { Till } from "./till.ts";

const pollMs = 1;

export class Fleet implements AsyncDisposable {
  readonly system: ActorSystem;
  readonly servers: Servers;
  readonly names: readonly string[];
  readonly #nodes = new Map<string, NodeProcess>();

  static async open(nodes: number, servers: 1 | 3 = 1): Promise<Fleet> {
    const started = await startServers(servers);
    const plugins = nodePlugins("bench", started.urls);
    const system = await createSystem({ name: systemName, actors: [], plugins, log: false });
    const names = Array.from({ length: nodes }, (_, i) => `node-${i + 1}`);
    const fleet = new Fleet(system, started, names);
    await Promise.all(names.map((name) => fleet.start(name)));
    await fleet.settled();
    return fleet;
  }

  private constructor(system: ActorSystem, servers: Servers, names: readonly string[]) {
    this.system = system;
    this.servers = servers;
    this.names = names;
  }

  /** Settles once this process's view shows it. */
  async start(name: string): Promise<void> {
    const before = this.known(name)?.epoch;
    this.#nodes.set(name, await NodeProcess.start(name, this.servers.urls));
    await this.isBack(name, before);
  }

  /** Settles once the node is up in this process's view with another epoch than that. */
  async isBack(name: string, than: number | undefined): Promise<void> {
    for (;;) {
      const known = this.known(name);
      if (known?.state === "up" && known.epoch !== than) return;
      await delay(pollMs);
    }
  }

  /** Settles once all nodes are up and have grown into their whole shares. */
  async settled(): Promise<void> {
    const isWhole = (name: string): boolean => {
      const known = this.known(name);
      return known?.state === "up" && known.weight >= 1;
    };
    while (!this.names.every(isWhole)) await delay(pollMs);
  }

  process(name: string): NodeProcess {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`${name} was not started`);
    return node;
  }

  known(name: string): KnownNode | undefined {
    return this.system
      .use(cluster)
      .nodes()
      .find(({ node }) => node === name);
  }

  /** By this process's view. */
  ownerOf(till: string): string | undefined {
    return this.system.use({ api: ownership }).ownerOf(new ActorAddress(Till.type, till));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.end("SIGKILL")));
    await this.system.stop();
    await this.servers[Symbol.asyncDispose]();
  }
}
