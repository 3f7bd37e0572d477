// Leaving, and a store that refuses or is slow: it ends, and what a stored turn made has its effect.
import { Actor, type ActorRef } from "@aether/actor";
import { EventSourcedActor, type Events } from "@aether/persistence";
import { expect, it } from "vitest";
import { hold, openBank, watch } from "./bank.ts";

type E = { type: "added"; n: number };
const heard: string[] = [];

class Ear extends Actor {
  static type = "ear";
  hear(what: string): void {
    heard.push(what);
  }
}
class Parting extends EventSourcedActor<E> {
  static type = "parting";
  static readonly events: Events<E> = { added: 1 };
  static lastTurns = 0;
  state = { sum: 0 };
  apply(event: E): void {
    this.state.sum += event.n;
  }
  add(n: number): number {
    return this.persist({ type: "added", n }).sum;
  }
  look(): number {
    return this.state.sum;
  }
  leave(): void {
    this.ctx.stop();
  }
  addAndSpawn(): number {
    const ear: ActorRef<Ear> = this.ctx.spawn(Ear);
    ear.tell.hear("from a stored turn");
    return this.add(1);
  }
  override onPassivate(): void {
    Parting.lastTurns++;
    this.add(100);
  }
}

it("a last turn whose commit is refused is lost, and the actor leaves all the same", async () => {
  let isFull = false;
  await using bank = await openBank({
    actors: [Parting],
    faults: ({ operation }) => (isFull && operation === "append" ? { type: "rejected", reason: "full" } : undefined),
  });
  const ref = bank.system.ref(Parting, "a");
  await ref.ask.add(1);
  isFull = true;
  Parting.lastTurns = 0;
  await ref.ask.leave();
  await bank.time.advance(1_000);
  expect([Parting.lastTurns, bank.system.counts()["parting"]]).toEqual([1, 0]);
  isFull = false;
  expect(await ref.ask.look()).toBe(1);
});

it("what a stored turn told a child arrives before the actor leaves", async () => {
  const held = hold("append");
  await using bank = await openBank({ actors: [Parting], faults: held.faults });
  const done = watch(bank.system.ref(Parting, "a").ask.addAndSpawn());
  await bank.time.settle();
  void bank.local.release(() => true);
  await bank.time.settle();
  heard.length = 0;
  held.open();
  await bank.time.advance(1_000);
  expect([done.state, heard]).toEqual(["done: 1", ["from a stored turn"]]);
});
