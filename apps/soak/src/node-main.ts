// One node: hosts the wallets. Its argument is a `NodeArgument`.
import { createSystem, host, type SystemEvent } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { persistence } from "@aether/persistence";
import { argument, runProcess, tell } from "./process-main.ts";
import { shiftClock } from "./shifted-clock.ts";
import { Transfer, Wallet } from "./wallet.ts";

export interface NodeArgument {
  readonly node: string;
  readonly servers: readonly string[];
  readonly monitoringUrl: readonly string[];
  readonly replicas: number;
  readonly leaseMs: number;
  /** How far this process's idea of the time of day is off. */
  readonly clockShiftMs: number;
}

const { node, clockShiftMs, servers, ...rest } = argument() as NodeArgument;
const tallyEveryMs = 500;
shiftClock(clockShiftMs);

await runProcess(async () => {
  const system = await createSystem({
    name: "soak",
    actors: [Wallet, host(Transfer, { idleMs: 3_000 })],
    plugins: [
      cluster({
        ...rest,
        servers: [...servers],
        node,
        durability: "strict",
        connection: { ignoreClusterUpdates: true },
      }),
    ],
    log: false,
  });
  system.events.subscribe((event: SystemEvent) => {
    if (event.type === "activations-overlapped") tell({ type: "noted", what: event.type, ms: event.longestMs });
    if (event.type === "incarnation-lost" || event.type === "node-lost-place" || event.type === "activation-failed") {
      tell({ type: "noted", what: event.type });
    }
  });
  const count = (): void => {
    const { conflicts, repeatedAppends, repeatedCommands, rejections } = system.use(persistence).metrics();
    tell({ type: "tally", tally: { conflicts, repeatedAppends, repeatedCommands, rejections } });
  };
  const timer = setInterval(count, tallyEveryMs);
  return async () => {
    await system.stop();
    clearInterval(timer);
  };
});
