// The processes of one run: servers, nodes and a subscriber behind proxies of their own, clients. Whoever is killed comes
// back under its name; a client's successor settles what it left open.
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type CutProxy, startCutProxy } from "@aether/nats/testing";
import { Child } from "./child.ts";
import type { ClientArgument } from "./client-main.ts";
import { machineNow } from "./history.ts";
import type { Machine } from "./machine.ts";
import type { Host } from "./network.ts";
import type { NodeArgument } from "./node-main.ts";
import type { SoakOptions } from "./options.ts";
import { type StagedServer, startServers } from "./servers.ts";
import type { SubscriberArgument } from "./subscriber-main.ts";
import { Witness } from "./witness.ts";

export const leaseMs = 3_000;
const startWithinMs = 60_000;
const startPauseMs = 500;

/** Whatever may be killed and started again. */
export interface StagedProcess {
  readonly name: string;
  readonly start: () => Promise<void>;
  child: Child;
}

/** One that reaches the servers through proxies, one for each. */
export interface ProxiedProcess extends StagedProcess {
  readonly proxies: readonly CutProxy[];
}

export interface StagedNode extends ProxiedProcess {
  readonly host: Host | undefined;
  clockShiftMs: number;
}

export class Stage implements AsyncDisposable {
  readonly machine: Machine;
  readonly servers: readonly StagedServer[];
  readonly nodes: StagedNode[] = [];
  readonly clients: StagedProcess[] = [];
  subscriber: ProxiedProcess | undefined;
  /** Of all clients that there ever were, in the order of their starts. */
  readonly historyPaths: string[] = [];
  /** Of all lives of the subscriber, likewise. */
  readonly toldPaths: string[] = [];
  readonly witness: Witness;
  /** Who is not killed any more. */
  readonly watched: Set<string> = new Set();
  readonly #options: SoakOptions;

  private constructor(
    options: SoakOptions,
    machine: Machine,
    { servers, witness }: { readonly servers: readonly StagedServer[]; readonly witness: Witness },
  ) {
    this.witness = witness;
    this.#options = options;
    this.machine = machine;
    this.servers = servers;
  }

  static async start(options: SoakOptions, machine: Machine): Promise<Stage> {
    const witness = new Witness();
    const servers = await startServers(options.servers, machine, (what) => witness.note(what));
    const stage = new Stage(options, machine, { servers, witness });
    const each = (count: number, add: (n: number) => Promise<void>): Promise<unknown> =>
      Promise.all(Array.from({ length: count }, (_, i) => add(i + 1)));
    try {
      await stage.#addNode(1); // makes the streams
      await each(options.nodes - 1, (n) => stage.#addNode(n + 1));
      await stage.#addSubscriber();
      await each(options.clients, (n) => stage.#addClient(n));
      return stage;
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  }

  get urls(): readonly string[] {
    return this.servers.map(({ server }) => server.url);
  }

  get processes(): readonly StagedProcess[] {
    return [...this.nodes, ...this.clients, ...(this.subscriber === undefined ? [] : [this.subscriber])];
  }

  get proxied(): readonly ProxiedProcess[] {
    return [...this.nodes, ...(this.subscriber === undefined ? [] : [this.subscriber])];
  }

  /** Watches one node's memory and one client's from now on, and lets nobody kill them. */
  watch(): void {
    for (const [first, ...others] of [this.nodes, this.clients]) {
      if (first !== undefined && others.length > 0) this.watched.add(first.name);
    }
  }

  /** Those that may be. */
  killable<T extends StagedProcess>(all: readonly T[]): readonly T[] {
    return all.filter(({ name }) => !this.watched.has(name));
  }

  /** Tries again for a while: it may meet an election. @throws Error when it never starts */
  async startProcess(staged: StagedProcess): Promise<void> {
    const untilMs = machineNow() + startWithinMs;
    for (;;) {
      try {
        await staged.start();
        return;
      } catch (error) {
        await staged.child.kill();
        this.witness.note(`start failed: ${(error as Error).message}`);
        if (machineNow() >= untilMs) throw error;
        await delay(startPauseMs);
      }
    }
  }

  /** Takes back whatever a fault may have left, and starts whatever has ended. @throws Error when something does not start */
  async heal(): Promise<void> {
    const { network } = this.machine;
    await network?.heal();
    for (const { server, disk } of this.servers) {
      await disk?.free();
      server.kill("SIGCONT");
      const answers = await fetch(`${server.monitoringUrl}/varz`, { signal: AbortSignal.timeout(5_000) }).catch(
        () => undefined,
      );
      if (answers?.ok !== true) await server.restart();
    }
    for (const proxy of this.proxied.flatMap(({ proxies }) => proxies)) {
      proxy.refuse(false);
      for (const side of ["client", "server"] as const) proxy.stall(side, false);
    }
    for (const staged of this.processes) {
      if (staged.child.hasExited) await this.startProcess(staged);
      else staged.child.resume();
    }
  }

  /** Clients finish what they have begun; nodes run on. */
  async endClients(): Promise<void> {
    await this.#end(this.clients);
  }

  /** It handles what is stored by now. */
  async endSubscriber(): Promise<void> {
    if (this.subscriber !== undefined) await this.#end([this.subscriber]);
  }

  async endNodes(): Promise<void> {
    await this.#end(this.nodes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.processes.map(({ child }) => child.kill()));
    await Promise.all(this.proxied.flatMap(({ proxies }) => proxies.map((proxy) => proxy.stop())));
    await Promise.all(this.servers.map(({ server }) => server.stop()));
  }

  async #end(all: readonly StagedProcess[]): Promise<void> {
    const killed = await Promise.all(all.map(({ child }) => child.stop()));
    const late = all.filter((_, i) => killed[i] === true).map(({ name }) => name);
    if (late.length > 0) this.witness.crash(`${late.join(", ")} did not end when told to`);
  }

  #fork(name: string, main: string, [argument, host]: readonly [object, (Host | undefined)?]): Child {
    return new Child({ name, main, argument, host, onSaid: (said) => this.witness.hear(name, said) });
  }

  #startProxies(): Promise<CutProxy[]> {
    const { network } = this.machine;
    const own = network === undefined ? {} : { host: network.address };
    return Promise.all(
      this.servers.map(({ server, host }) => {
        const target = { port: server.port, host: host?.address ?? "127.0.0.1" };
        return startCutProxy({ ...own, target });
      }),
    );
  }

  async #addNode(n: number): Promise<void> {
    const name = `node-${n}`;
    const proxies = await this.#startProxies();
    const host = await this.machine.network?.addHost(name);
    const fork = (): Child => {
      const { clockShiftMs } = node;
      const argument: NodeArgument = { ...this.#place(proxies.map(({ url }) => url)), node: name, clockShiftMs };
      return this.#fork(name, "node-main", [argument, host]);
    };
    const start = async (): Promise<void> => (node.child = fork()).ready();
    const node = { name, proxies, host, clockShiftMs: 0, start } as unknown as StagedNode;
    node.child = fork();
    this.nodes.push(node);
    await node.child.ready();
  }

  async #addClient(n: number): Promise<void> {
    const name = `client-${n}`;
    let lives = 0;
    let inherits: string | undefined;
    const fork = (): Child => {
      const life = ++lives;
      const historyPath = join(this.machine.dir, `${name}-${life}.jsonl`);
      this.historyPaths.push(historyPath);
      const { wallets, workers, seed } = this.#options;
      const own = { client: `${name}-${life}`, historyPath, inherits, wallets, workers };
      const argument: ClientArgument = { ...this.#place(this.urls), ...own, seed: seed * 1_000 + n * 100 + life };
      inherits = historyPath;
      return this.#fork(name, "client-main", [argument]);
    };
    const client: StagedProcess = { name, child: fork(), start: async () => (client.child = fork()).ready() };
    this.clients.push(client);
    await client.child.ready();
  }

  async #addSubscriber(): Promise<void> {
    const name = "subscriber";
    const proxies = await this.#startProxies();
    const fork = (): Child => {
      const toldPath = join(this.machine.dir, `told-${this.toldPaths.length + 1}.jsonl`);
      this.toldPaths.push(toldPath);
      const argument: SubscriberArgument = { servers: proxies.map(({ url }) => url), toldPath };
      return this.#fork(name, "subscriber-main", [argument]);
    };
    const subscriber = { name, proxies, child: fork(), start: async () => (subscriber.child = fork()).ready() };
    this.subscriber = subscriber;
    await subscriber.child.ready();
  }

  #place(servers: readonly string[]): Omit<NodeArgument, "node" | "clockShiftMs"> {
    const monitoringUrl = this.servers.map(({ server }) => server.monitoringUrl);
    return { servers, monitoringUrl, replicas: this.servers.length, leaseMs };
  }
}
