// When handlers run on: seen from inside, since the gate hides it from outside.
import { EventSourcedActor, type Events } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import type { Faults } from "@aether/persistence/testing";
import { beforeEach, expect, it } from "vitest";
import { hold, openBank } from "./bank.ts";

let steps: string[] = [];
beforeEach(() => {
  steps = [];
});

class Stepper extends EventSourcedActor<{ type: "stepped" }> {
  static type = "stepper";
  static readonly events: Events<{ type: "stepped" }> = { stepped: 1 };
  state = 0;
  apply(): void {
    this.state++;
  }
  step(name: string): number {
    steps.push(name);
    return this.persist({ type: "stepped" });
  }
  async splitLate(): Promise<number> {
    await this.ctx.ref(Stepper, "other").ask.step("other");
    this.step("before");
    await this.durable();
    return this.step("after");
  }
  async split(name: string): Promise<number> {
    this.step(`${name} before`);
    try {
      await this.durable();
    } catch (error) {
      steps.push(`${name} ${(error as { code: string }).code}`);
      throw error;
    }
    return this.step(`${name} after`);
  }
}

it("a handler runs on behind durable only once what it persisted is stored", async () => {
  const held = hold("append");
  await using bank = await openBank({ actors: [Stepper], faults: held.faults });
  const split = bank.system.ref(Stepper, "s").ask.split("split");
  await bank.time.settle();
  expect(steps).toEqual(["split before"]);
  held.open();
  expect(await split).toBe(2);
  expect(steps).toEqual(["split before", "split after"]);
});

it("durable rejects with IncarnationLost when the fence is lost, and the command begins anew", async () => {
  const store = memory();
  const held = hold("append");
  await using one = await openBank({ actors: [Stepper], store, faults: held.faults });
  const split = one.system.ref(Stepper, "s").ask.split("split");
  await one.time.settle();
  await using two = await openBank({ actors: [Stepper], store });
  await two.system.ref(Stepper, "s").ask.step("other");
  held.open();
  await one.time.advance(50);
  expect(await split).toBe(3);
  expect(steps).toEqual(["split before", "other", "split PERSISTENCE_INCARNATION_LOST", "split before", "split after"]);
});

it("no turn begins while the outcome of a commit is unknown", async () => {
  let isDown = true;
  const faults: Faults = ({ operation }) => (operation === "append" && isDown ? { type: "throw-before" } : undefined);
  await using bank = await openBank({ actors: [Stepper], faults });
  const { ask } = bank.system.ref(Stepper, "s");
  const first = ask.step("first");
  await bank.time.settle();
  const second = ask.step("second");
  await bank.time.advance(500);
  expect(steps).toEqual(["first"]);
  isDown = false;
  await bank.time.advance(2_000);
  expect([await first, await second, steps]).toEqual([1, 2, ["first", "second"]]);
});

it("turns run on while a commit is under way", async () => {
  const held = hold("append");
  await using bank = await openBank({ actors: [Stepper], faults: held.faults });
  const { ask } = bank.system.ref(Stepper, "s");
  const first = ask.step("first");
  await bank.time.settle();
  const second = ask.step("second");
  await bank.time.settle();
  expect(steps).toEqual(["first", "second"]);
  held.open();
  await Promise.all([first, second]);
});

it("durable waits for what its own turn has sealed, not for the commit before it", async () => {
  const held = hold("append");
  await using bank = await openBank({ actors: [Stepper], faults: held.faults });
  const { ask } = bank.system.ref(Stepper, "s");
  const all = [ask.step("first")];
  await bank.time.settle();
  all.push(ask.split("split"));
  await bank.time.settle();
  held.next();
  await bank.time.settle();
  expect(steps).toEqual(["first", "split before"]);
  held.open();
  expect(await Promise.all(all)).toEqual([1, 3]);
});

it("durable brings its commit about by itself, in a handler that has waited for something else", async () => {
  await using bank = await openBank({ actors: [Stepper] });
  expect(await bank.system.ref(Stepper, "s").ask.splitLate()).toBe(2);
});
