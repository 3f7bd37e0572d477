// Runs a program of the system to its end.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** @throws Error with what the program said */
export async function command(program: string, ...args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, [...args])).stdout;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(`${program} ${args.join(" ")}: ${stderr?.trim() || message}`, { cause: error });
  }
}
