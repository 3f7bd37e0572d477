// One run of a nats-server process: spawned, watched until it is ready, ended. Invariant: it lives in a process group
// of its own (a terminal's Ctrl-C does not reach it) and is guarded, so that it does not outlive its parent.
import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ServerStartFailed } from "../errors.ts";
import { guardProcess, unguardProcess } from "./process-guard.ts";
import type { BoundPorts } from "./server-args.ts";

const keptLogLines = 30;
const readyTimeoutMs = 20_000;
const pollMs = 15;

/** A running server process. */
export interface ServerProcess {
  readonly pid: number;
  readonly ports: BoundPorts;
  readonly hasExited: boolean;
  /** Settles when the process is gone; never rejects. */
  readonly exited: Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

/** What to run. `portsDir` must be where the server's `--ports_file_dir` points. */
export interface ServerCommand {
  readonly binary: string;
  readonly args: readonly string[];
  /** Where it will listen. */
  readonly host: string;
  readonly portsDir: string;
  readonly log: (line: string) => void;
}

/**
 * Starts the process and waits until it has reported its ports and greets a client.
 * @throws ServerStartFailed (NATS_SERVER_START_FAILED) with its last log lines
 */
export async function runServer(command: ServerCommand): Promise<ServerProcess> {
  const child = spawn(command.binary, [...command.args], { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const lines = collectLines(child, command.log);
  const run = watch(child);
  try {
    const ports = await waitUntilReady(run, command);
    return {
      pid: run.pid,
      ports,
      exited: run.exited,
      get hasExited() {
        return run.failure() !== undefined;
      },
      signal: (signal) => void child.kill(signal),
    };
  } catch (error) {
    child.kill("SIGKILL");
    const said = lines.length === 0 ? "" : `. Its last lines:\n${lines.map((line) => `  ${line}`).join("\n")}`;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServerStartFailed(`nats-server (${command.binary}) did not start: ${reason}${said}`, { cause: error });
  }
}

interface Watched {
  readonly pid: number;
  readonly exited: Promise<void>;
  failure(): string | undefined;
}

function watch(child: ChildProcess): Watched {
  const pid = child.pid ?? 0;
  if (pid !== 0) guardProcess(pid);
  let failure: string | undefined;
  const exited = new Promise<void>((resolve) => {
    const end = (reason: string) => {
      failure ??= reason;
      unguardProcess(pid);
      resolve();
    };
    child.once("error", (error) => end(error.message));
    // "close" rather than "exit": the last log lines have been read by then.
    child.once("close", (code, signal) => end(`it ended with ${signal ?? `code ${code}`}`));
  });
  return { pid, exited, failure: () => failure };
}

async function waitUntilReady(run: Watched, { host, portsDir }: ServerCommand): Promise<BoundPorts> {
  const file = join(portsDir, `nats-server_${run.pid}.ports`);
  const until = performance.now() + readyTimeoutMs;
  while (performance.now() < until) {
    const failure = run.failure();
    if (failure !== undefined) throw new Error(failure);
    const ports = await readPorts(file);
    if (ports !== undefined && (await greets(host, ports.port))) return ports;
    await Promise.race([delay(pollMs), run.exited]);
  }
  throw new Error(`it was not ready within ${readyTimeoutMs} ms`);
}

/** The server writes this file once its listeners are open; a half-written one is read again. */
async function readPorts(file: string): Promise<BoundPorts | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  const portOf = (listener: string): string | undefined =>
    new RegExp(`"${listener}":\\s*\\[\\s*"[^"]*:(\\d+)"`).exec(text)?.[1];
  const [port, monitoringPort] = [portOf("nats"), portOf("monitoring")];
  if (port === undefined || monitoringPort === undefined) return undefined;
  return { port: Number(port), monitoringPort: Number(monitoringPort), routePort: Number(portOf("cluster") ?? 0) };
}

/** Whether a NATS server says INFO on this port (with TLS first it says nothing, and the ports file has to do). */
function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(500, () => end(true));
    socket.once("data", () => end(true));
    socket.once("error", () => end(false));
  });
}

function collectLines(child: ChildProcess, log: (line: string) => void): readonly string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream?.setEncoding("utf8");
    stream?.on("data", (chunk: string) => {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) {
        lines.push(line);
        if (lines.length > keptLogLines) lines.shift();
        log(line);
      }
    });
  }
  return lines;
}
