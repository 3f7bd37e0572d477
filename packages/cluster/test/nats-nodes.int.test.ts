import { createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { startNatsServer } from "@aether/nats/server";
import { EventSourcedActor, everyNEvents, type Events, persistence } from "@aether/persistence";
import { expect, test } from "vitest";

type Counted = { type: "counted"; by: number };

class Counter extends EventSourcedActor<Counted> {
  static type = "counter";
  static readonly events: Events<Counted> = { counted: 1 };
  static readonly snapshots = everyNEvents(20);
  state = { n: 0 };
  apply(event: Counted): void {
    this.state.n += event.by;
  }
  count(by: number): number {
    return this.persist({ type: "counted", by }).n;
  }
  read(): { n: number } {
    return this.state;
  }
}

test("three nodes over NATS share the actors", async () => {
  await using server = await startNatsServer();
  const start = (node: string, actors: (typeof Counter)[]) =>
    createSystem({ name: "t", actors, plugins: [cluster({ servers: server.url, node })], log: false });
  const nodes = await Promise.all(["a", "b", "c"].map((node) => start(node, [Counter])));
  const client = await start("client", []);
  const ids = Array.from({ length: 30 }, (_, i) => `c${i}`);
  for (let k=0;k<5;k++) {
  const t = performance.now();
  const all = [];
  for (let round = 0; round < 100; round++) {
    for (const id of ids) all.push(client.ref(Counter, id).ask.count(1));
    if (round % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(all);
  console.log((performance.now() - t)/3000*1e3, "us per command");
  }
  for (const id of ids) expect(await client.ref(Counter, id).ask.read()).toEqual({ n: 500 });
  console.log(nodes.map((n) => n.counts()), nodes[0]!.use(persistence).metrics());
  await client.stop();
  for (const node of nodes) await node.stop();
}, 30_000);
