// One node as a process of its own, driven by lines on its standard input: `<command> <id> <arguments as JSON>`.
import { createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { createInterface } from "node:readline";
import { Counter, Echo } from "./harness.ts";

const [servers = "", node = "", leaseMs = ""] = process.argv.slice(2);
const system = await createSystem({
  name: "t",
  actors: [Counter, Echo],
  plugins: [cluster({ servers, node, leaseMs: Number(leaseMs) })],
  log: false,
});
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
system.events.subscribe((event) => {
  if (event.type === "node-removed") say({ removed: event.node });
});
say({ ready: system.use(cluster).epoch });
for await (const line of createInterface({ input: process.stdin })) {
  const [command, id, by] = line.split(" ") as ["count" | "read", string, string];
  const counter = system.ref(Counter, id).with({ timeoutMs: 20_000 });
  const answer = command === "count" ? counter.ask.count(Number(by)) : counter.ask.read();
  answer.then(
    (value) => say({ line, value }),
    (error: unknown) => say({ line, error: String(error) }),
  );
}
await system.stop();
