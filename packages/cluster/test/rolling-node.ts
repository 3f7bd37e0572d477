// One node as a process of its own that ends by SIGTERM, as an orchestrator would end it. Its actors call each other, one
// of its kind is a singleton, and it has callers of its own that ask until it stops.
import { Actor, createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { Counter, Echo } from "./harness.ts";

/** Volatile, and asks a durable one: its answer hangs on two nodes. */
export class Relay extends Actor {
  static type = "relay";
  relay(id: string, by: number): Promise<number> {
    return this.ctx.ref(Counter, id).ask.count(by);
  }
}

/** Counts its own starts, durably. */
export class Beacon extends Actor {
  static type = "beacon";
  override async onStart(): Promise<void> {
    await this.ctx.ref(Counter, "beacon").ask.count(1);
  }
}

/** What a process says: that it is up, and when it has stopped, how long that took and what its callers saw. */
export type Said =
  | { readonly up: number }
  | { readonly stoppedMs: number; readonly left: number; readonly counted: number; readonly failed: readonly string[] };

async function run([servers = "", node = "", leaseMs = "", load = ""]: string[]): Promise<void> {
  const singletons = [{ actor: Beacon, id: "only" }];
  const plugins = [cluster({ servers, node, leaseMs: Number(leaseMs), singletons })];
  const system = await createSystem({ name: "t", actors: [Counter, Echo, Relay, Beacon], plugins, log: false });
  const say = (said: Said): void => void process.stdout.write(`${JSON.stringify(said)}\n`);
  const isOver = new AbortController();
  if (load === "quiet") isOver.abort();
  let counted = 0;
  const failed: string[] = [];
  const caller = async (ask: (id: string) => Promise<unknown>): Promise<void> => {
    for (let i = 0; !isOver.signal.aborted; i++)
      await ask(`r${i % 30}`).catch((error: unknown) => failed.push(String(error)));
  };
  const callers = [
    caller((id) => system.ref(Echo, id).ask.say(node)),
    caller((id) =>
      system
        .ref(Counter, id)
        .ask.count(1)
        .then(() => counted++),
    ),
  ];
  process.once("SIGTERM", () => {
    const began = performance.now();
    isOver.abort(); // what was asked by now is to be answered
    void Promise.all([system.stop(), ...callers]).then(() => {
      const left = Object.values(system.counts()).reduce((sum, count) => sum + count, 0);
      say({ stoppedMs: Math.round(performance.now() - began), left, counted, failed });
    });
  });
  process.stdin.on("end", () => process.exit(1)).resume(); // whoever started it is gone
  (process.stdin as unknown as { unref(): void }).unref();
  say({ up: system.use(cluster).epoch });
}

// Tests import this file for its classes alone.
if (process.argv[1]?.endsWith("rolling-node.ts") === true) await run(process.argv.slice(2));
