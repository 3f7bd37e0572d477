// Runs one program to its end and hands back what it printed. Invariant: never a shell, always a deadline.
import { execFile, type ExecFileException } from "node:child_process";

/** What bounds one run. */
export interface CommandOptions {
  readonly cwd?: string;
  /** @default 60_000 */
  readonly timeoutMs?: number;
  /** Ends the program; its end is waited for. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs `file` and resolves with stdout and stderr together; rejects with a one-line reason that ends with its output. */
export function runCommand(file: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { cwd, timeoutMs = 60_000, signal } = options;
  return new Promise((resolve, reject) => {
    const settings = { timeout: timeoutMs, windowsHide: true, ...(cwd === undefined ? {} : { cwd }) };
    const kill = (): void => void child.kill();
    const child = execFile(file, [...args], settings, (error, stdout, stderr) => {
      signal?.removeEventListener("abort", kill);
      if (error === null) resolve(stdout + stderr);
      else reject(new Error(describe(file, error, stderr, timeoutMs), { cause: error }));
    });
    if (signal?.aborted === true) kill();
    else signal?.addEventListener("abort", kill, { once: true });
  });
}

function describe(file: string, error: ExecFileException, stderr: string, timeoutMs: number) {
  if (error.killed === true) return `${file} did not finish within ${timeoutMs} ms`;
  if (error.code === "ENOENT") return `${file} is not installed`;
  const said = stderr.trim().split("\n").slice(-3).join(" | ");
  return said === "" ? `${file} failed: ${error.code ?? error.message}` : `${file} failed: ${said}`;
}
