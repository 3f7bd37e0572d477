// One durable subscription to all wallets' events, which writes down what it is told, in order. Its argument is a
// `SubscriberArgument`.
import { NatsEventBus } from "@aether/cluster";
import { machineNow } from "./history.ts";
import { argument, runProcess, tell } from "./process-main.ts";
import { ToldFile } from "./told.ts";
import { Wallet } from "./wallet.ts";

export interface SubscriberArgument {
  readonly servers: readonly string[];
  readonly toldPath: string;
}

const { servers, toldPath } = argument() as SubscriberArgument;
const told = new ToldFile(toldPath);

await runProcess(async () => {
  const bus = await NatsEventBus.connect({
    servers: [...servers],
    system: "soak",
    connection: { ignoreClusterUpdates: true },
    onProblem: (problem) => tell({ type: "noted", what: (problem as { code?: string }).code ?? problem.message }),
  });
  const options = { actor: Wallet, from: "start", name: "soak-subscriber" } as const;
  const subscription = await bus.subscribeToEventStored(options, ({ actor, event, version, position }) => {
    const { op, amount } = event;
    told.write({ at: machineNow(), wallet: actor.id, version, position, op, amount });
  });
  return async () => {
    await subscription.drain();
    await bus.close();
    told.close();
  };
});
