// What an actor said last is heard before the news of its end, and who routes messages can watch the actors of its node.
import { Actor, ActorAddress, type ActorRef } from "@aether/actor";
import { expect, it } from "vitest";
import { start } from "./harness.ts";

class Worker extends Actor {
  static type = "worker";
  work(boss: ActorRef<Boss>): void {
    for (const n of [1, 2, 3]) boss.tell.hear(`result ${n}`);
    this.ctx.stop();
  }
}
class Boss extends Actor {
  static type = "boss";
  readonly #heard: string[] = [];
  hire(): void {
    const worker = this.ctx.spawn(Worker);
    this.ctx.watch(worker, (why) => this.#heard.push(why));
    worker.tell.work(this.ctx.self(Boss));
  }
  hear(what: string): void {
    this.#heard.push(what);
  }
  heard(): string[] {
    return this.#heard;
  }
}

it("the news of an end comes behind the last messages of the one that ended", async () => {
  await using t = await start([Boss]);
  const boss = t.system.ref(Boss, "b");
  await boss.ask.hire();
  await t.time.settle();
  expect(await boss.ask.heard()).toEqual(["result 1", "result 2", "result 3", "stopped"]);
});

it("the news of an end has room in a full mailbox", async () => {
  await using t = await start([Boss], { options: { mailboxCapacity: 3 } });
  const boss = t.system.ref(Boss, "b");
  await boss.ask.hire();
  await t.time.settle();
  expect((await boss.ask.heard()).at(-1)).toBe("stopped");
});

it("a plugin watches actors of its node, and ends its watch", async () => {
  await using t = await start([Boss]);
  const told: string[] = [];
  await t.system.ref(Boss, "a").ask.heard();
  const watchOf = (id: string) => t.local.watch(new ActorAddress("boss", id), (why) => told.push(`${id} ${why}`));
  const end = watchOf("a");
  watchOf("a");
  watchOf("nobody");
  expect(told).toEqual(["nobody not-active"]);
  end();
  await t.local.release(() => true);
  expect(told).toEqual(["nobody not-active", "a passivated"]);
});
