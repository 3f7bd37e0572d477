import { Actor, EncodedValue, isRejection, Rejection } from "@aether/actor";
import { expect, it } from "vitest";
import { start } from "./harness.ts";

class Base extends Actor {
  static type = "base";
  inherited(): string {
    return "inherited";
  }
  overridden(): string {
    return "base";
  }
}

class Shop extends Base {
  static override type = "shop";
  readonly shelf = ["apple"];
  #secret(): string {
    return "secret";
  }
  get stock(): number {
    return this.#secret().length;
  }
  override onStart(): void {
    this.shelf.push("pear");
  }
  override overridden(): string {
    return "shop";
  }
  buy(what: string): string | Rejection<"sold-out", { what: string }> {
    return this.shelf.includes(what) ? what : new Rejection("sold-out", { what });
  }
  async buyLater(what: string): Promise<string> {
    await Promise.resolve();
    if (!this.shelf.includes(what)) throw new Rejection("sold-out", { what });
    return what;
  }
  ref(n: number): number {
    return n + 1;
  }
  refuseWith(kind: string): never {
    throw new Rejection("odd", kind === "map" ? new Map() : this.shelf);
  }
  relay(): Promise<string> {
    return this.ctx.ref(Shop, "other").ask.buyLater("cheese");
  }
  override toString(): string {
    return "a shop";
  }
  nothing(): void {}
}

it("commands are the public methods of the class and of its parents, the nearest one wins", async () => {
  await using t = await start([Shop]);
  const { ask } = t.system.ref(Shop, "a");
  expect([await ask.inherited(), await ask.overridden(), await ask.nothing()]).toEqual([
    "inherited",
    "shop",
    undefined,
  ]);
});

it.each([
  "apply",
  "constructor",
  "__proto__",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "onStart",
  "ctx",
  "stock",
  "shelf",
  "#secret",
  "then",
  "ask",
  "",
  "x".repeat(10_000),
])("a hand-made message cannot reach %j", async (command) => {
  await using t = await start([Shop]);
  const error = await t.send("shop/a", command).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: "ACTOR_UNKNOWN_COMMAND", data: { type: "shop", command: command.slice(0, 80) } });
  expect((error as Error).message.length).toBeLessThan(200);
  expect(await t.send("shop/a", "buy", ["apple"])).toBe("apple");
});

it.each(["nowhere", "constructor", "__proto__", "toString"])(
  "a type that is not hosted is refused: %s",
  async (type) => {
    await using t = await start([Shop]);
    await expect(t.send(`${type}/a`, "buy")).rejects.toMatchObject({
      code: "ACTOR_UNKNOWN_TYPE",
      message: expect.stringContaining("hosted: shop") as string,
    });
  },
);

it.each(["5", "null", '{"length":1}', "not json"])(
  "arguments that are no list fail that call alone: %s",
  async (json) => {
    await using t = await start([Shop]);
    await expect(t.send("shop/a", "buy", new EncodedValue(json))).rejects.toBeInstanceOf(Error);
    expect(await t.send("shop/a", "buy", new EncodedValue('["apple"]'))).toBe("apple");
  },
);

it("facades have the commands and nothing else that a class may be probed for", async () => {
  await using t = await start([Shop]);
  const ref = t.system.ref(Shop, "a");
  for (const facade of [ref.ask, ref.tell] as unknown as Record<string, unknown>[]) {
    expect(Object.keys(facade)).toEqual([]);
    for (const name of ["onStart", "stock", "ctx", "shelf", "then", "toJSON"]) expect(facade[name]).toBeUndefined();
  }
});

it("a command may be named like anything that the facade holds inside", async () => {
  await using t = await start([Shop]);
  expect(await t.system.ref(Shop, "a").ask.ref(1)).toBe(2);
});

it("a Rejection reaches the caller with code and data, thrown or returned, sync or async, through another actor too", async () => {
  await using t = await start([Shop]);
  const { ask } = t.system.ref(Shop, "a");
  for (const refused of [ask.buy("cheese"), ask.buyLater("cheese"), ask.relay()]) {
    const error = await refused.catch((e: unknown) => e);
    expect(isRejection(error, "sold-out") && error.data).toEqual({ what: "cheese" });
    expect(isRejection(error, "other")).toBe(false);
  }
  expect(t.events.filter((event) => event.type === "actor-failed")).toEqual([]);
});

it("a Rejection's data is a copy, so that nobody holds a reference into the actor", async () => {
  await using t = await start([Shop]);
  const { ask } = t.system.ref(Shop, "a");
  const error = (await ask.refuseWith("list").catch((e: unknown) => e)) as Rejection<string, string[]>;
  error.data.push("stolen");
  expect(await ask.buy("stolen").catch((e: unknown) => isRejection(e))).toBe(true);
});

it("a Rejection whose data would be lost on the way is the actor's failure", async () => {
  await using t = await start([Shop]);
  await expect(t.system.ref(Shop, "a").ask.refuseWith("map")).rejects.toMatchObject({
    code: "ACTOR_FAILED",
    message: expect.stringContaining("Map") as string,
  });
});
