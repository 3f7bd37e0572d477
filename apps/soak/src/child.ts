// A node, client or subscriber process as the controller holds it: the leader of a process group of its own, so that a
// terminal's Ctrl-C reaches the controller alone.
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { type Host, inHost } from "./network.ts";
import type { FromProcess } from "./process-main.ts";

const killAfterMs = 40_000;
const readyWithinMs = 120_000;
/** Of modules: this is the source, or what it was compiled to. */
const ending = extname(import.meta.url);

export interface ChildParts {
  readonly name: string;
  /** The module, without the end of its name. */
  readonly main: string;
  readonly argument: object;
  /** In which network; `undefined`: this process's. */
  readonly host: Host | undefined;
  /** Is told what the process says about itself, and that it ended though nobody here ended it. */
  readonly onSaid: (message: FromProcess | { readonly type: "crashed"; readonly how: string }) => void;
}

export class Child {
  readonly name: string;
  /** Settles with how it ended. */
  readonly exited: Promise<string>;
  readonly #process: ChildProcess;
  readonly #ready: Promise<void>;
  #isWanted = true;
  #hasExited = false;

  constructor({ name, main, argument, host, onSaid }: ChildParts) {
    this.name = name;
    const node = process.execArgv.filter((word) => !word.startsWith("--max-old-space-size"));
    const [execPath, ...execArgv] = [...(host === undefined ? [] : inHost(host)), process.execPath, ...node];
    this.#process = fork(new URL(`${main}${ending}`, import.meta.url), [JSON.stringify(argument)], {
      detached: true,
      execPath: execPath ?? process.execPath,
      execArgv,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.exited = new Promise((resolve) => {
      this.#process.once("close", (code, signal) => resolve(signal ?? `code ${code}`));
      this.#process.on("error", (error) => {
        if (this.#process.pid === undefined) resolve(error.message);
      });
    });
    let isReady = false;
    this.#process.on("message", (message: FromProcess) => onSaid(message));
    this.#ready = this.#whenReady();
    this.#ready.then(() => (isReady = true)).catch(() => undefined);
    void this.exited.then((how) => {
      this.#hasExited = true;
      if (this.#isWanted && isReady) onSaid({ type: "crashed", how });
    });
  }

  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** @throws Error with the process's reason when it could not start */
  ready(): Promise<void> {
    return this.#ready;
  }

  async kill(): Promise<void> {
    this.#isWanted = false;
    this.#process.kill("SIGKILL");
    await this.exited;
  }

  pause(): void {
    this.#process.kill("SIGSTOP");
  }

  resume(): void {
    this.#process.kill("SIGCONT");
  }

  /** In order; killed when it does not end. @returns whether it had to be */
  async stop(): Promise<boolean> {
    this.#isWanted = false;
    this.#process.kill("SIGCONT");
    this.#process.kill("SIGTERM");
    let isKilled = false;
    const timer = setTimeout(() => {
      isKilled = true;
      this.#process.kill("SIGKILL");
    }, killAfterMs);
    await this.exited;
    clearTimeout(timer);
    return isKilled;
  }

  /** Resident memory in bytes; `undefined` where the system does not say. */
  memory(): number | undefined {
    return residentBytes(this.#process.pid);
  }

  #whenReady(): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error(`${this.name} was not ready within ${readyWithinMs} ms`));
        this.#process.kill("SIGKILL");
      }, readyWithinMs);
      this.#process.on("message", (message: FromProcess) => {
        if (message.type === "failed") reject(new Error(`${this.name} did not start: ${message.message}`));
        if (message.type !== "ready") return;
        clearTimeout(late);
        resolve();
      });
      void this.exited.then((how) => {
        clearTimeout(late);
        reject(new Error(`${this.name} ended before it was ready: ${how}`));
      });
    });
  }
}

/** `undefined` where the system does not say. */
export function residentBytes(pid: number | undefined): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    return kib === undefined ? undefined : Number(kib) * 1_024;
  } catch {
    return undefined; // no Linux, or it has just ended
  }
}
