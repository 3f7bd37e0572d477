// A node process as the launcher holds it. It is the leader of a process group of its own: a terminal's Ctrl-C reaches the
// launcher alone, which decides how the nodes end.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FromNode, ToNode } from "./node-messages.ts";
import type { NodeStats } from "./node-stats.ts";

const main = fileURLToPath(new URL("node-main.ts", import.meta.url));
export type Recovery = "snapshots" | "full-replay";
/** How it takes its share of the airports. */
export type Joining = "in-steps" | "at-once";

const killAfterMs = 15_000;

export class NodeProcess {
  readonly name: string;
  /** Settles with how it ended, after its last message; never rejects. */
  readonly exited: Promise<string>;
  readonly #child: ChildProcess;
  #isWanted = true;

  /**
   * @param args what `node-main.ts` takes
   * @param onLost is told when the process ends though nobody here ended it
   */
  constructor(args: readonly [name: string, servers: string, Recovery, Joining], onLost: (error: Error) => void) {
    this.name = args[0];
    this.#child = fork(main, args, { detached: true, stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.exited = endOf(this.#child);
    void this.exited.then((how) => {
      if (this.#isWanted) onLost(new Error(`${this.name} ended unexpectedly: ${how}`));
    });
  }

  /** @throws Error with the node's reason when it could not start */
  async ready(): Promise<void> {
    const message = await this.#next((candidate) => candidate.type !== "stats");
    if (message.type === "failed") throw new Error(`${this.name} did not start: ${message.message}`);
  }

  async stats(): Promise<NodeStats> {
    const answer = this.#next((message) => message.type === "stats");
    this.#child.send({ type: "stats" } satisfies ToNode, () => undefined); // a process that is gone rejects `answer`
    return ((await answer) as { stats: NodeStats }).stats;
  }

  /** SIGSTOP: it does nothing until it is resumed. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  /** SIGKILL: the process has no chance to say or save anything. */
  async kill(): Promise<void> {
    this.#isWanted = false;
    this.#child.kill("SIGKILL");
    await this.exited;
  }

  async stop(): Promise<void> {
    this.#isWanted = false;
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), killAfterMs);
    await this.exited;
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
      void this.exited.then((how) => reject(new Error(`${this.name} has ended: ${how}`)));
    });
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("close", (code, signal) => resolve(signal ?? `code ${code}`));
    child.on("error", (error) => {
      if (child.pid === undefined) resolve(error.message);
    });
  });
}
