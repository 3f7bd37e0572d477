// A node that leaves in order over a real server: what it was about to store is stored.
import { type ActorSystem, createSystem, type SystemEvent } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { EventSourcedActor, type Events, hybrid } from "@aether/persistence";
import { afterEach, beforeEach, expect, it } from "vitest";

type Noted = { type: "noted"; length: number };

/** Is saved whenever it leaves. */
class Note extends EventSourcedActor<Noted> {
  static type = "note";
  static readonly events: Events<Noted> = { noted: 1 };
  static readonly snapshots = hybrid({ minEvents: 1, maxEvents: 1_000, maxReplayMs: 1_000 });
  state = { text: "" };
  apply({ length }: Noted): void {
    this.state.text += "x".repeat(length);
  }
  write(length: number): number {
    return this.persist({ type: "noted", length }).text.length;
  }
}

let server: NatsServer;
let systems: ActorSystem[];
beforeEach(async () => {
  server = await startNatsServer();
  systems = [];
});
afterEach(async () => {
  for (const system of systems) await system.stop();
  await server.stop();
});

async function start(node: string, actors = [Note]): Promise<ActorSystem> {
  const system = await createSystem({
    name: "t",
    actors,
    plugins: [cluster({ servers: server.url, node })],
    log: false,
  });
  systems.push(system);
  return system;
}

it("saves the snapshots that are due when its actors leave, also those that take a while to be made", async () => {
  const a = await start("a");
  const seen: SystemEvent[] = [];
  a.events.subscribe((event) => void seen.push(event));
  const ids = Array.from({ length: 2 }, (_, i) => `s${i}`);
  await Promise.all(ids.map((id) => a.ref(Note, id).ask.write(15_000_000))); // compressed by another thread
  await a.stop();
  const count = (type: string): number => seen.filter((event) => event.type === type).length;
  expect([count("snapshot-saved"), count("snapshot-failed")]).toEqual([2, 0]);
  const b = await start("b");
  expect(new Set(await Promise.all(ids.map((id) => b.ref(Note, id).ask.write(1))))).toEqual(new Set([15_000_001]));
});
