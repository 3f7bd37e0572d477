// The demo as its user runs it: a process of its own, with all that it starts found again by a mark in its environment.
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const marker = "AETHER_DEMO_TEST";

export const flights2k: string = join(root, "node_modules/vega-datasets/data/flights-2k.json");

/** tsx keeps what it has compiled among the temporary files: without it, each process would compile anew. */
async function shareCompiled(temporary: string): Promise<void> {
  const name = `tsx-${process.getuid?.() ?? ""}`;
  await mkdir(join(tmpdir(), name), { recursive: true });
  await symlink(join(tmpdir(), name), join(temporary, name));
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class DemoProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
  readonly #mark: string;
  readonly #temporary: string;
  readonly #lines: string[] = [];
  readonly #listeners = new Set<() => void>();

  /** Starts it as the leader of a process group, as a shell does. */
  static async start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<DemoProcess> {
    const temporary = await mkdtemp(join(tmpdir(), "aether-demo-test-"));
    await mkdir(join(temporary, "tmp"));
    await shareCompiled(join(temporary, "tmp"));
    return new DemoProcess(args, env, temporary);
  }

  private constructor(args: readonly string[], env: NodeJS.ProcessEnv, temporary: string) {
    this.#mark = randomUUID();
    this.#temporary = temporary;
    this.child = spawn(process.execPath, ["--conditions=@aether/source", "--import", "tsx", main, ...args], {
      cwd: root,
      detached: true,
      env: { ...process.env, ...env, TMPDIR: join(temporary, "tmp"), [marker]: this.#mark },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const texts = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      const stream = this.child[name];
      if (stream === null) throw new Error(`no ${name}`);
      stream.setEncoding("utf8").on("data", (text: string) => (texts[name] += text));
      createInterface({ input: stream }).on("line", (line) => this.#told(line));
    }
    this.ended = new Promise((resolve) =>
      this.child.once("close", (code, signal) => resolve({ code, signal, ...texts })),
    );
    void this.ended.then(() => this.#told(undefined));
  }

  /** Resolves once a line of either output contains the text; rejects when it ends without. */
  async said(text: string): Promise<void> {
    while (!this.#lines.some((line) => line.includes(text))) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the demo ended without "${text}":\n${this.#lines.join("\n")}`);
      }
      await new Promise<void>((resolve) => this.#listeners.add(resolve));
    }
  }

  /** To this process, or, as a terminal does, to its whole group. */
  send(signal: NodeJS.Signals, to: "process" | "group" = "process"): void {
    const { pid } = this.child;
    if (pid === undefined) throw new Error("the demo has not started");
    process.kill(to === "group" ? -pid : pid, signal);
  }

  /** The processes that this run has started and that are still there. Linux only: it reads /proc. */
  async remaining(): Promise<readonly number[]> {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    const marks = await Promise.all(
      pids.map(async (pid) =>
        (await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")).includes(this.#mark) ? Number(pid) : 0,
      ),
    );
    return marks.filter((pid) => pid > 0);
  }

  /** The node processes: those whose parent is the demo and whose arguments name a node. */
  async nodes(): Promise<readonly number[]> {
    const pids = await this.remaining();
    const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
    return pids.filter((_, index) => lines[index]?.includes("node-main.ts"));
  }

  /** What it left among the temporary files (tsx keeps its cache there). */
  async temporaryFiles(): Promise<readonly string[]> {
    return (await readdir(join(this.#temporary, "tmp"))).filter((name) => !name.startsWith("tsx-"));
  }

  /** Ends what a failed test may have left. */
  async cleanUp(): Promise<void> {
    for (const pid of await this.remaining()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    }
    await this.ended;
    await rm(this.#temporary, { recursive: true, force: true, maxRetries: 5 });
  }

  #told(line: string | undefined): void {
    if (line !== undefined) this.#lines.push(line);
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}
