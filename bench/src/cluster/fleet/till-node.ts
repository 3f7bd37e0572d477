// One node process: hosts tills until it is told to stop (SIGTERM), or the bench is gone.
// Arguments: node name, NATS addresses (with commas).
import { createSystem } from "@aether/actor";
import { nodePlugins, systemName } from "./plugins.ts";
import { Till } from "./till.ts";

const [node = "", servers = ""] = process.argv.slice(2);

process.once("disconnect", () => process.exit(1));
if (!process.connected) process.exit(1);

const plugins = nodePlugins(node, servers.split(","));
const system = await createSystem({ name: systemName, actors: [Till], plugins, log: false });
process.on("SIGTERM", () => void system.stop().finally(() => process.exit(0)));
process.send?.("ready");
