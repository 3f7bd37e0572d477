// The processes of one run: servers, nodes behind proxies of their own, clients. Whoever is killed comes back under its
// name; a client's successor settles what it left open.
import { join } from "node:path";
import type { NatsServer } from "@aether/nats/server";
import { startNatsCluster, startNatsServer } from "@aether/nats/server";
import { type CutProxy, startCutProxy } from "@aether/nats/testing";
import { Child } from "./child.ts";
import type { ClientArgument } from "./client-main.ts";
import type { NodeArgument } from "./node-main.ts";
import type { SoakOptions } from "./options.ts";

export const leaseMs = 3_000;
const workersPerClient = 8;

export interface StagedNode {
  readonly name: string;
  /** One for each server. */
  readonly proxies: readonly CutProxy[];
  child: Child;
}

export interface StagedClient {
  readonly name: string;
  child: Child;
  historyPath: string;
}

export class Stage implements AsyncDisposable {
  readonly servers: readonly NatsServer[];
  readonly nodes: StagedNode[] = [];
  readonly clients: StagedClient[] = [];
  /** Of all clients that there ever were. */
  readonly historyPaths: string[] = [];
  /** What processes noted, and how often. */
  readonly notes = new Map<string, number>();
  /** How long activations overlapped, where a node noticed it. */
  readonly overlapsMs: number[] = [];
  readonly #options: SoakOptions;
  readonly #dir: string;
  readonly #stopServers: () => Promise<void>;
  #starts = 0;

  private constructor(options: SoakOptions, dir: string, servers: readonly NatsServer[], stop: () => Promise<void>) {
    this.#options = options;
    this.#dir = dir;
    this.servers = servers;
    this.#stopServers = stop;
  }

  /** @param dir for histories */
  static async start(options: SoakOptions, dir: string): Promise<Stage> {
    const stage = await Stage.#withServers(options, dir);
    try {
      await stage.#addNode("node-1"); // makes the streams
      await Promise.all(Array.from({ length: options.nodes - 1 }, (_, i) => stage.#addNode(`node-${i + 2}`)));
      await Promise.all(Array.from({ length: options.clients }, (_, i) => stage.#addClient(`client-${i + 1}`)));
      return stage;
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  }

  get urls(): readonly string[] {
    return this.servers.map(({ url }) => url);
  }

  note(what: string, ms?: number): void {
    this.notes.set(what, (this.notes.get(what) ?? 0) + 1);
    if (ms !== undefined) this.overlapsMs.push(ms);
  }

  async startNode(node: StagedNode, clockShiftMs = 0): Promise<void> {
    node.child = this.#forkNode(node.name, node.proxies, clockShiftMs);
    await node.child.ready();
  }

  async startClient(client: StagedClient): Promise<void> {
    const inherits = client.historyPath;
    Object.assign(client, this.#forkClient(client.name, inherits));
    await client.child.ready();
  }

  /** Clients finish what they have begun; nodes run on. @throws Error for a client that does not */
  async endClients(): Promise<void> {
    const killed = await Promise.all(this.clients.map(({ child }) => child.stop()));
    const late = this.clients.filter((_, i) => killed[i] === true).map(({ name }) => name);
    if (late.length > 0) this.note(`did not finish: ${late.join(", ")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.clients, ...this.nodes].map(({ child }) => child.kill()));
    await Promise.all(this.nodes.flatMap(({ proxies }) => proxies.map((proxy) => proxy.stop())));
    await this.#stopServers();
  }

  static async #withServers(options: SoakOptions, dir: string): Promise<Stage> {
    if (options.servers === 3) {
      const cluster = await startNatsCluster({ servers: 3 });
      return new Stage(options, dir, cluster.servers, () => cluster.stop());
    }
    const server = await startNatsServer();
    return new Stage(options, dir, [server], () => server.stop());
  }

  async #addNode(name: string): Promise<void> {
    const proxies = await Promise.all(this.servers.map(({ port }) => startCutProxy({ target: { port } })));
    const node = { name, proxies, child: this.#forkNode(name, proxies, 0) };
    this.nodes.push(node);
    await node.child.ready();
  }

  async #addClient(name: string): Promise<void> {
    const client = { name, ...this.#forkClient(name, undefined) };
    this.clients.push(client);
    await client.child.ready();
  }

  #forkNode(node: string, proxies: readonly CutProxy[], clockShiftMs: number): Child {
    const servers = proxies.map(({ url }) => url);
    const argument: NodeArgument = { node, servers, replicas: this.servers.length, leaseMs, clockShiftMs };
    return new Child(node, "node-main.ts", argument, (what, ms) => this.note(what, ms));
  }

  #forkClient(name: string, inherits: string | undefined): { readonly child: Child; readonly historyPath: string } {
    const start = ++this.#starts;
    const historyPath = join(this.#dir, `${name}-${start}.jsonl`);
    this.historyPaths.push(historyPath);
    const argument: ClientArgument = {
      client: `${name}-${start}`,
      servers: this.urls,
      leaseMs,
      historyPath,
      inherits,
      wallets: this.#options.wallets,
      workers: workersPerClient,
      seed: this.#options.seed * 1_000 + start,
    };
    return { child: new Child(name, "client-main.ts", argument, (what, ms) => this.note(what, ms)), historyPath };
  }
}
