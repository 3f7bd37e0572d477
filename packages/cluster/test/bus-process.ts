// A durable subscriber as a process of its own. It says the id of each event before it counts as handled.
import { NatsEventBus } from "@aether/cluster";
import { setTimeout as delay } from "node:timers/promises";
import { Counter } from "./harness.ts";

const [servers = "", system = ""] = process.argv.slice(2);
const bus = await NatsEventBus.connect({ servers, system });
const options = { actor: Counter, from: "start", name: "reader", checkpointEvery: 5 } as const;
await bus.subscribeToEventStored(options, async ({ id, actor, version }) => {
  process.stdout.write(`${JSON.stringify({ id, actor: actor.id, version })}\n`);
  await delay(1);
});
process.stdin.on("end", () => void bus.close()).resume();
