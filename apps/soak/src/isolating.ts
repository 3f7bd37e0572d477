// Runs the soak in a network, a table of mounts and a table of processes of its own, where the machine allows: whatever it
// makes in there (processes, namespaces, bridges, mounts, loop devices) is gone when it ends, however it ends.
import { spawn, spawnSync } from "node:child_process";
import { totalmem } from "node:os";
import { findNatsServer } from "@aether/nats/server";

/** @returns the exit code, or why the machine does not allow it */
export async function isolate(args: readonly string[], say: (line: string) => void): Promise<number | string> {
  if (process.platform !== "linux") return `this is ${process.platform}, not Linux`;
  const own = ["--net", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child"];
  const flags = process.getuid?.() === 0 ? own : ["--map-root-user", ...own];
  const tried = spawnSync("unshare", [...flags, "true"], { encoding: "utf8" });
  if (tried.status !== 0) return tried.error?.message ?? tried.stderr.trim();
  const { path } = await findNatsServer({ log: say }); // inside there is no network to look for one
  // The checks hold all that was asked for in memory.
  const heap = `--max-old-space-size=${Math.floor(totalmem() / 2 ** 21)}`;
  const node = [process.execPath, ...process.execArgv, heap, process.argv[1] ?? "", ...args, "--inside", path];
  const child = spawn("unshare", [...flags, "--", ...node], {
    detached: true, // or a terminal would send each Ctrl-C to both
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const stop = (): void => void child.send("stop"); // `unshare` itself is deaf to signals
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return new Promise((resolve) => {
    child.once("close", (code) => resolve(code ?? 1));
  });
}
