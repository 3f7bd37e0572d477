// How a process of the soak runs: it says when it is ready, ends when it is told to, and never outlives its launcher.

export type FromProcess =
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly message: string }
  /** Something that the report counts. */
  | { readonly type: "noted"; readonly what: string; readonly ms?: number }
  /** What it has counted since its start. */
  | { readonly type: "tally"; readonly tally: Readonly<Record<string, number>> };

export function tell(message: FromProcess): void {
  if (process.connected) process.send?.(message);
}

/** @param start returns what to do at the end */
export async function runProcess(start: () => Promise<() => Promise<void>>): Promise<void> {
  process.once("disconnect", () => process.exit(1));
  if (!process.connected) process.exit(1);
  try {
    const end = await start();
    process.on("SIGTERM", () => void end().then(() => process.exit(0)));
    tell({ type: "ready" });
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    tell({ type: "failed", message: typeof code === "string" ? code : message });
    process.exitCode = 1;
    process.disconnect();
  }
}

/** What was given as the only argument. */
export function argument(): unknown {
  return JSON.parse(process.argv[2] ?? "{}");
}
