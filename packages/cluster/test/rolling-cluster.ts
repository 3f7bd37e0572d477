// Nodes as processes (`rolling-node.ts`) and one client in the test's own process, over a real server.
import { type ActorClass, type ActorSystem, createSystem, type SystemEvent } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Said } from "./rolling-node.ts";

const leaseMs = 5_000;
const script = fileURLToPath(new URL("rolling-node.ts", import.meta.url));

export class RollingCluster implements AsyncDisposable {
  readonly client: ActorSystem;
  /** What the client saw happen. */
  readonly events: SystemEvent[] = [];
  readonly #server: NatsServer;
  readonly #processes = new Map<string, ChildProcess>();

  private constructor(server: NatsServer, client: ActorSystem) {
    this.#server = server;
    this.client = client;
    client.events.subscribe((event) => void this.events.push(event));
  }

  /** @param actors of the client */
  static async start(names: readonly string[], actors: readonly ActorClass[] = []): Promise<RollingCluster> {
    const server = await startNatsServer();
    const plugins = [cluster({ servers: server.url, node: "client", leaseMs })];
    const client = await createSystem({ name: "t", actors, plugins, log: false });
    const all = new RollingCluster(server, client);
    await Promise.all(names.map((node) => all.start(node)));
    return all;
  }

  /** Settles when the node's process is up. @param callers whether it has callers of its own */
  async start(node: string, callers: "busy" | "quiet" = "busy"): Promise<void> {
    const args = [
      "--conditions=@aether/source",
      "--import",
      "tsx",
      script,
      this.#server.url,
      node,
      String(leaseMs),
      callers,
    ];
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#processes.set(node, child);
    await nextLine(child);
  }

  /** What the node said when it had stopped, and how its process ended. */
  async terminate(node: string): Promise<{ said: Said; code: number | null }> {
    const child = this.#processes.get(node) as ChildProcess;
    const exited = once(child, "exit") as Promise<[number | null]>;
    const saying = nextLine(child);
    child.kill("SIGTERM");
    const said = await saying;
    const [code] = await exited;
    return { said, code };
  }

  kill(node: string): void {
    this.#processes.get(node)?.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes.values()) child.kill("SIGKILL");
    await this.client.stop();
    await this.#server.stop();
  }
}

async function nextLine(child: ChildProcess): Promise<Said> {
  const lines = createInterface({ input: child.stdout as NonNullable<ChildProcess["stdout"]> });
  const ended = once(child, "exit").then(() => Promise.reject(new Error("the node's process has ended")));
  const [line] = (await Promise.race([once(lines, "line"), ended])) as [string];
  ended.catch(() => undefined);
  return JSON.parse(line) as Said;
}
