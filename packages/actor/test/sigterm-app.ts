// An app under load, for the test of its end: it prints `loaded` once it works, and what became of its asks when it exits.
import { setTimeout as pause } from "node:timers/promises";
import { Actor, createSystem } from "@aether/actor";

const counted = { asked: 0, replied: 0, refused: 0, handled: 0, activated: 0, passivated: 0 };

class Worker extends Actor {
  static type = "worker";
  override onStart(): void {
    counted.activated++;
  }
  async work(n: number): Promise<number> {
    if (n % 10 === 0) await pause(2);
    counted.handled++;
    return n;
  }
  override async onPassivate(): Promise<void> {
    await pause(1);
    counted.passivated++;
  }
}

const system = await createSystem({ name: "app", actors: [Worker], log: false });
process.once("SIGTERM", () => void system.stop());
process.once("exit", () => process.stdout.write(`${JSON.stringify(counted)}\n`));

async function client(first: number): Promise<void> {
  for (let n = first; ; n++) {
    counted.asked++;
    try {
      await system.ref(Worker, `${n % 20}`).ask.work(n);
    } catch (error) {
      if ((error as { code?: string }).code !== "ACTOR_SYSTEM_STOPPED") throw error;
      counted.refused++;
      return;
    }
    if (++counted.replied === 2_000) process.stdout.write("loaded\n");
  }
}
await Promise.all(Array.from({ length: 50 }, (_, i) => client(i)));
