// One node process: hosts airports until it is told to stop, or its launcher is gone.
// Arguments: node name, NATS addresses (with commas), "snapshots" or "full-replay", "in-steps" or "at-once".
import { createSystem } from "@aether/actor";
import { Airport } from "./airport.ts";
import type { FromNode, ToNode } from "./node-messages.ts";
import { nodePlugins, systemName } from "./node-plugins.ts";
import { countStats } from "./node-stats.ts";

const [node = "", servers = "", recovery = "snapshots", joining = "in-steps"] = process.argv.slice(2);

function tell(message: FromNode): void {
  if (process.connected) process.send?.(message);
}

// The launcher is gone, even if it was killed: so is this node.
process.once("disconnect", () => process.exit(1));
if (!process.connected) process.exit(1);

try {
  const system = await createSystem({
    name: systemName,
    actors: [Airport],
    plugins: nodePlugins({
      node,
      servers: servers.split(","),
      snapshots: recovery !== "full-replay",
      joinsAtOnce: joining === "at-once",
    }),
    log: false,
  });
  const stats = countStats(system);
  process.on("message", (message: ToNode) => {
    if (message.type === "stats") tell({ type: "stats", stats: stats() });
  });
  process.on("SIGTERM", () => void system.stop().finally(() => process.exit(0)));
  tell({ type: "ready" });
} catch (error) {
  tell({ type: "failed", message: (error as Error).message });
  process.exitCode = 1;
  process.disconnect();
}
