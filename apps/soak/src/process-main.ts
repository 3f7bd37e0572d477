// How a node or a client runs as a process: it says when it is ready, ends when it is told to, and never outlives its launcher.
import type { ActorSystem } from "@aether/actor";

export type FromProcess =
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly message: string }
  /** Something that the report counts. */
  | { readonly type: "noted"; readonly what: string; readonly ms?: number };

export function tell(message: FromProcess): void {
  if (process.connected) process.send?.(message);
}

/** @param end what to do before the system stops */
export async function runProcess(
  start: () => Promise<ActorSystem>,
  end: (system: ActorSystem) => Promise<void> = async () => undefined,
): Promise<void> {
  process.once("disconnect", () => process.exit(1));
  if (!process.connected) process.exit(1);
  try {
    const system = await start();
    const stop = async (): Promise<void> => {
      await end(system);
      await system.stop();
      process.exit(0);
    };
    process.on("SIGTERM", () => void stop());
    tell({ type: "ready" });
  } catch (error) {
    tell({ type: "failed", message: (error as Error).message });
    process.exitCode = 1;
    process.disconnect();
  }
}

/** What was given as the only argument. */
export function argument(): unknown {
  return JSON.parse(process.argv[2] ?? "{}");
}
