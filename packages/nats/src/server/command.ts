// Runs one program to its end and hands back what it printed. Invariant: never a shell, always a deadline.
import { execFile, type ExecFileException } from "node:child_process";

/** What bounds one run. */
export interface CommandOptions {
  readonly cwd?: string;
  /** @default 60_000 */
  readonly timeoutMs?: number;
}

/** Runs `file` and resolves with stdout and stderr together; rejects with a one-line reason that ends with its output. */
export function runCommand(file: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { cwd, timeoutMs = 60_000 } = options;
  return new Promise((resolve, reject) => {
    const settings = { timeout: timeoutMs, windowsHide: true, ...(cwd === undefined ? {} : { cwd }) };
    execFile(file, [...args], settings, (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr);
      else reject(new Error(describe(file, error, stderr, timeoutMs), { cause: error }));
    });
  });
}

function describe(file: string, error: ExecFileException, stderr: string, timeoutMs: number) {
  if (error.killed === true) return `${file} did not finish within ${timeoutMs} ms`;
  if (error.code === "ENOENT") return `${file} is not installed`;
  const said = stderr.trim().split("\n").slice(-3).join(" | ");
  return said === "" ? `${file} failed: ${error.code ?? error.message}` : `${file} failed: ${said}`;
}
