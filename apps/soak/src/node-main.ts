// One node: hosts the wallets. Its argument is a `NodeArgument`.
import { createSystem, host, type SystemEvent } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { argument, runProcess, tell } from "./process-main.ts";
import { Transfer, Wallet } from "./wallet.ts";

export interface NodeArgument {
  readonly node: string;
  readonly servers: readonly string[];
  readonly replicas: number;
  readonly leaseMs: number;
  /** How far this process's idea of the time of day is off. */
  readonly clockShiftMs: number;
}

const { node, servers, replicas, leaseMs, clockShiftMs } = argument() as NodeArgument;
shiftClock(clockShiftMs);

await runProcess(async () => {
  const system = await createSystem({
    name: "soak",
    actors: [Wallet, host(Transfer, { idleMs: 3_000 })],
    plugins: [cluster({ servers: [...servers], node, replicas, leaseMs, connection: { ignoreClusterUpdates: true } })],
    log: false,
  });
  system.events.subscribe((event: SystemEvent) => {
    if (event.type === "activations-overlapped") tell({ type: "noted", what: event.type, ms: event.longestMs });
    if (event.type === "incarnation-lost" || event.type === "node-lost-place" || event.type === "activation-failed") {
      tell({ type: "noted", what: event.type });
    }
  });
  return system;
});

/** The monotonic clock is another one, as in life. */
function shiftClock(ms: number): void {
  if (ms === 0) return;
  const real = Date.now.bind(Date);
  Date.now = () => real() + ms;
}
