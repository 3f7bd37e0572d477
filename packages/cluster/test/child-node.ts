// Starts `node-process.ts`, and reads what it says.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface ChildNode {
  readonly said: Record<string, unknown>[];
  signal(signal: NodeJS.Signals): void;
  write(line: string): void;
  /** Ends its input and waits until it has ended. */
  end(): Promise<number | null>;
}

export async function startChildNode(servers: string, node: string, leaseMs: number): Promise<ChildNode> {
  const script = fileURLToPath(new URL("node-process.ts", import.meta.url));
  const args = ["--conditions=@aether/source", "--import", "tsx", script, servers, node, String(leaseMs)];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const said: Record<string, unknown>[] = [];
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  await new Promise<void>((resolve) => {
    createInterface({ input: child.stdout as NonNullable<ChildProcess["stdout"]> }).on("line", (line) => {
      said.push(JSON.parse(line) as Record<string, unknown>);
      resolve();
    });
    void ended.then(() => resolve());
  });
  return {
    said,
    signal: (signal) => void child.kill(signal),
    write: (line) => void child.stdin?.write(`${line}\n`),
    end: () => {
      child.stdin?.end();
      return ended;
    },
  };
}
