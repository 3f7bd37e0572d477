// A node process as the launcher holds it.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { FromNode, ToNode } from "./node-messages.ts";
import type { NodeStats } from "./node-stats.ts";

const main = fileURLToPath(new URL("node-main.ts", import.meta.url));
const killAfterMs = 15_000;

export class NodeProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  /** @param args what `node-main.ts` takes */
  constructor(args: readonly [name: string, servers: string, recovery: "snapshots" | "full-replay"]) {
    this.name = args[0];
    this.#child = fork(main, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.#exited = once(this.#child, "exit");
  }

  /** @throws Error with the node's reason when it could not start */
  async ready(): Promise<void> {
    const message = await this.#next((candidate) => candidate.type !== "stats");
    if (message.type === "failed") throw new Error(`${this.name} did not start: ${message.message}`);
  }

  async stats(): Promise<NodeStats> {
    const answer = this.#next((message) => message.type === "stats");
    this.#child.send({ type: "stats" } satisfies ToNode);
    return ((await answer) as { stats: NodeStats }).stats;
  }

  /** SIGKILL: the process has no chance to say or save anything. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), killAfterMs);
    await this.#exited;
    clearTimeout(timer);
  }

  /** The next message of a kind; rejects when the process ends first. */
  #next(wanted: (message: FromNode) => boolean): Promise<FromNode> {
    return new Promise((resolve, reject) => {
      const onMessage = (message: unknown): void => {
        if (!wanted(message as FromNode)) return;
        this.#child.off("message", onMessage);
        resolve(message as FromNode);
      };
      this.#child.on("message", onMessage);
      void this.#exited.then(() => reject(new Error(`${this.name} has ended`)));
    });
  }
}
