import { Actor, createSystem, Rejection } from "@aether/actor";
import { expect, test } from "vitest";

class Counter extends Actor {
  static type = "counter";
  #n = 0;
  add(n: number): number {
    this.#n += n;
    return this.#n;
  }
  async addLater(n: number): Promise<number> {
    await Promise.resolve();
    return this.add(n);
  }
  no(): Rejection | number {
    if (this.#n === 0) throw new Rejection("zero", { n: this.#n });
    return this.#n;
  }
  crash(): void {
    throw new Error("boom");
  }
  async askOther(id: string, n: number): Promise<number> {
    return this.ctx.ref(Counter, id).ask.add(n);
  }
}

test("answers asks in order, one actor per id", async () => {
  await using system = await createSystem({ name: "t", actors: [Counter], log: false });
  const a = system.ref(Counter, "a");
  expect(await Promise.all([a.ask.add(1), a.ask.addLater(2), a.ask.add(3)])).toEqual([1, 3, 6]);
  expect(await system.ref(Counter, "b").ask.add(1)).toBe(1);
  await expect(system.ref(Counter, "c").ask.no()).rejects.toMatchObject({ code: "zero", data: { n: 0 } });
  await expect(a.ask.crash()).rejects.toMatchObject({ code: "ACTOR_FAILED" });
  expect(await a.ask.add(1)).toBe(1);
  expect(await a.ask.askOther("z", 5)).toBe(5);
  await expect(a.ask.askOther("a", 5)).rejects.toMatchObject({ code: "ACTOR_REENTRANT" });
});
