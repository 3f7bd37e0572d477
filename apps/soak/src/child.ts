// A node or client process as the controller holds it: the leader of a process group of its own, so that a terminal's Ctrl-C
// reaches the controller alone.
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import type { FromProcess } from "./process-main.ts";

const killAfterMs = 40_000;

export class Child {
  readonly name: string;
  readonly startedAt: number = Date.now();
  /** Settles with how it ended. */
  readonly exited: Promise<string>;
  readonly #process: ChildProcess;
  #isWanted = true;

  /** @param onNote is told what the process notes, and that it ended though nobody here ended it */
  constructor(name: string, main: string, argument: object, onNote: (what: string, ms?: number) => void) {
    this.name = name;
    const stdio = ["ignore", "ignore", "inherit", "ipc"] as const;
    this.#process = fork(new URL(main, import.meta.url), [JSON.stringify(argument)], {
      detached: true,
      stdio: [...stdio],
    });
    this.exited = new Promise((resolve) => {
      this.#process.once("close", (code, signal) => resolve(signal ?? `code ${code}`));
      this.#process.on("error", (error) => {
        if (this.#process.pid === undefined) resolve(error.message);
      });
    });
    this.#process.on("message", (message: FromProcess) => {
      if (message.type === "noted") onNote(message.what, message.ms);
    });
    void this.exited.then((how) => {
      if (this.#isWanted) onNote(`${name} ended by itself: ${how}`);
    });
  }

  /** @throws Error with the process's reason when it could not start */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#process.on("message", (message: FromProcess) => {
        if (message.type === "ready") resolve();
        else if (message.type === "failed") reject(new Error(`${this.name} did not start: ${message.message}`));
      });
      void this.exited.then((how) => reject(new Error(`${this.name} ended before it was ready: ${how}`)));
    });
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
    try {
      const status = readFileSync(`/proc/${this.#process.pid}/status`, "utf8");
      const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
      return kib === undefined ? undefined : Number(kib) * 1_024;
    } catch {
      return undefined; // no Linux, or it has just ended
    }
  }
}
