// A snapshot that was due while the one before it was being saved: made when nothing moves, never in the middle of a turn.
import { everyNEvents } from "@aether/persistence";
import { expect, it } from "vitest";
import { hold, openBank, watch } from "./bank.ts";
import { counterClass, versionsOf } from "./counter.ts";

it.each([
  ["has persisted", 1, [2, 5]],
  ["has persisted nothing", 0, [2, 4]],
])("while a turn is open it waits for the end of that turn, which %s", async (_, count, versions) => {
  let goOn = (): void => undefined;
  class Lingering extends counterClass(everyNEvents(2)) {
    static override type = "counter";
    static override readonly events = { added: 1 } as const;
    async linger(added: number): Promise<number> {
      if (added > 0) this.addMany(added);
      await new Promise<void>((resolve) => (goOn = resolve));
      return this.look();
    }
  }
  const saves = hold("save");
  await using bank = await openBank({ actors: [Lingering], faults: saves.faults });
  const { ask } = bank.system.ref(Lingering, "a");
  await ask.addMany(2);
  await ask.addMany(2);
  const lingering = watch(ask.linger(count));
  await bank.time.settle();
  saves.open();
  await bank.time.settle();
  expect([versionsOf(bank), lingering.state]).toEqual([[2], "waiting"]);
  goOn();
  await bank.time.settle();
  expect([versionsOf(bank), lingering.state]).toEqual([versions, `done: ${4 + count}`]);
});
