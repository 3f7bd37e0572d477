// One node process: hosts airports until it is told to stop, or its launcher is gone.
// Arguments: node name, NATS address, "snapshots" or "full-replay".
import { createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { persistence } from "@aether/persistence";
import { jetStream } from "@aether/persistence/jetstream";
import { Airport } from "./airport.ts";
import type { FromNode, ToNode } from "./node-messages.ts";
import { countStats } from "./node-stats.ts";
import { withoutSnapshots } from "./without-snapshots.ts";

const [node = "", servers = "", recovery = "snapshots"] = process.argv.slice(2);

function tell(message: FromNode): void {
  if (process.connected) process.send?.(message);
}

// The launcher is gone, even if it was killed: so is this node.
process.once("disconnect", () => process.exit(1));
if (!process.connected) process.exit(1);

try {
  const own = recovery === "full-replay" ? [persistence({ store: withoutSnapshots(jetStream({ servers })) })] : [];
  const system = await createSystem({
    name: "airports",
    actors: [Airport],
    plugins: [...own, cluster({ servers, node })],
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
