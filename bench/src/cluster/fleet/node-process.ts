// A node process as the bench holds it, and what can be done to it.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("till-node.js", import.meta.url));

export class NodeProcess {
  /** Settles with how it ended. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;

  /** @throws Error when it ends before it is ready */
  static async start(node: string, servers: readonly string[]): Promise<NodeProcess> {
    const started = new NodeProcess(
      fork(main, [node, servers.join(",")], { stdio: ["ignore", "ignore", "inherit", "ipc"] }),
    );
    const ready = new Promise<void>((resolve) => started.#child.once("message", () => resolve()));
    const early = started.ended.then((how) => Promise.reject(new Error(`${node} ended before it was ready: ${how}`)));
    await Promise.race([ready, early]);
    early.catch(() => undefined);
    return started;
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.ended = new Promise((resolve) => child.once("close", (code, signal) => resolve(signal ?? `code ${code}`)));
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  /** Settles when it has ended; the signal is sent at once. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#child.kill(signal);
    await this.ended;
  }
}
