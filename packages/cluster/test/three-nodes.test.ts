import { Actor, createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { memoryCluster } from "@aether/cluster/memory";
import { EventSourcedActor, everyNEvents, type Events, persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
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

test("three nodes, one crashes: nothing acknowledged is lost and callers see only latency", async () => {
  const store = memory();
  const backend = memoryCluster();
  const start = (node: string, actors: (typeof Counter)[]) =>
    createSystem({
      name: "t",
      actors,
      plugins: [persistence({ store }), cluster({ backend, node, leaseMs: 1_000 })],
      log: false,
    });
  const nodes = await Promise.all(["a", "b", "c"].map((node) => start(node, [Counter])));
  const client = await start("client", []);
  const ids = Array.from({ length: 30 }, (_, i) => `c${i}`);
  const all = [];
  for (let round = 0; round < 40; round++) {
    if (round === 20) backend.cut("b");
    for (const id of ids) all.push(client.ref(Counter, id).ask.count(1));
    if (round % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(all);
  for (const id of ids) expect(await client.ref(Counter, id).ask.read()).toEqual({ n: 40 });
  console.log(nodes.map((n) => n.counts()), client.use(cluster).nodes());
  await client.stop();
  for (const node of nodes) await node.stop();
}, 30_000);
