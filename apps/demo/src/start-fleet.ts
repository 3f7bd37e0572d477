// NATS if it can be had, else one process. A server that the user named is a wish, and so is what needs NATS: never
// silently replaced.
import type { Fleet, FleetParts } from "./fleet.ts";
import { startInProcessFleet } from "./in-process-fleet.ts";
import { startNatsFleet } from "./nats-fleet.ts";
import type { DemoOptions } from "./options.ts";
import { UsageError } from "./usage-error.ts";

/**
 * @param startNats may be replaced in tests
 * @throws UsageError when `NATS_SERVER` names no usable server, or there is none for what only NATS can show
 */
export async function startFleet(
  {
    inProcess,
    nodes,
    servers,
    faults,
    watch,
  }: Pick<DemoOptions, "inProcess" | "nodes" | "servers" | "faults" | "watch">,
  parts: FleetParts,
  startNats: typeof startNatsFleet = startNatsFleet,
): Promise<Fleet> {
  if (inProcess) return startInProcessFleet(nodes);
  try {
    return await startNats({ nodes, servers }, parts);
  } catch (error) {
    parts.signal.throwIfAborted();
    const { code, message } = error as { code?: string; message: string };
    const isWish = (process.env["NATS_SERVER"] ?? "") !== "" || servers > 1 || faults.pause || watch;
    if (isWish && (code === "NATS_SERVER_NOT_FOUND" || code === "NATS_SERVER_TOO_OLD")) throw new UsageError(message);
    if (code !== "NATS_SERVER_NOT_FOUND") throw error;
    parts.say("There is no nats-server to be had (see above): going on in one process, on the memory store.");
    parts.say("For NATS, put a nats-server on PATH or name it in NATS_SERVER.");
    return startInProcessFleet(nodes);
  }
}
