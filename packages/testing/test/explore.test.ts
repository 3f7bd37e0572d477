import { AssertionError } from "node:assert";
import { EventSourcedActor, everyNEvents, type Events } from "@aether/persistence";
import { explore, type World } from "@aether/testing";
import { expect, it } from "vitest";
import { Account } from "./account.ts";

type Moved = { readonly type: "moved"; readonly amount: number };

/** Takes from one account and gives to another, by way of commands with ids of their own. */
class Transfer extends EventSourcedActor<Moved> {
  static type = "transfer";
  static readonly events: Events<Moved> = { moved: 1 };
  static readonly snapshots: ReturnType<typeof everyNEvents> = everyNEvents(1);
  state = { moved: 0 };
  apply(event: Moved): void {
    this.state.moved += event.amount;
  }
  async move(amount: number): Promise<number> {
    await this.ctx.ref(Account, "alice").ask.withdraw(amount);
    await this.ctx.ref(Account, "bob").ask.deposit(amount);
    return this.persist({ type: "moved", amount }).moved;
  }
}

/** Counts in a way that a repeat counts twice. */
class Careless extends EventSourcedActor<Moved> {
  static type = "careless";
  static readonly events: Events<Moved> = { moved: 1 };
  state = { moved: 0 };
  apply(event: Moved): void {
    this.state.moved += event.amount;
  }
  override async onStart(): Promise<void> {
    if (this.state.moved > 0) this.persist({ type: "moved", amount: 1 });
  }
  move(amount: number): number {
    return this.persist({ type: "moved", amount }).moved;
  }
}

async function transfers(world: World): Promise<number> {
  await world.ref(Account, "alice").ask.deposit(10);
  await world.ref(Transfer, "t").ask.move(3);
  await world.ref(Transfer, "t").ask.move(4);
  return world.ref(Account, "bob").ask.balance();
}

it("finds the same end after a crash at any moment", async () => {
  const { moments, runs } = await explore(transfers, { actors: [Account, Transfer] });
  expect(moments).toBeGreaterThan(30);
  expect(runs).toBe(moments);
});

it("names the first moment at which a crash changes the outcome", async () => {
  const scenario = (world: World): Promise<number> => world.ref(Careless, "c").ask.move(1);
  const failed = explore(scenario, { actors: [Careless] });
  await expect(failed).rejects.toThrow(
    /with a crash after append to careless\/c, the state of careless\/c is: {"moved":2} instead of {"moved":1}/,
  );
  await expect(failed).rejects.toBeInstanceOf(AssertionError);
});

it("names the first such moment also where most of them are left out, with the calls before it", async () => {
  const scenario = async (world: World): Promise<void> => {
    for (let i = 0; i < 4; i++) await world.ref(Careless, "c").ask.move(1);
  };
  const failed = explore(scenario, { actors: [Careless], maxRuns: 2 });
  await expect(failed).rejects.toThrow(
    /with a crash after append to careless\/c, .*\nthe process that died had made these calls:\n {2}1 command 1, move to careless\/c\n[^]*append to careless\/c$/,
  );
});

it("takes no more runs than it may", async () => {
  const { moments, runs } = await explore(transfers, { actors: [Account, Transfer], maxRuns: 7 });
  expect(runs).toBe(7);
  expect(moments).toBeGreaterThan(7);
});

it("compares how commands fail", async () => {
  const scenario = async (world: World): Promise<void> => {
    await world
      .ref(Account, "alice")
      .ask.withdraw(1)
      .catch(() => undefined);
    await world.ref(Account, "alice").ask.deposit(1);
  };
  await explore(scenario, { actors: [Account] });
});

it("fails as the scenario does that fails without any crash", async () => {
  const scenario = (world: World): Promise<number> => world.ref(Account, "alice").ask.withdraw(1);
  await expect(explore(scenario, { actors: [Account] })).rejects.toMatchObject({ code: "insufficient-funds" });
});

it("refuses a scenario that does nothing", async () => {
  await expect(explore(async () => 1, { actors: [Account] })).rejects.toThrow("sends no command");
});

it.each([0, -1, Number.NaN, 1.5])("refuses to run %s times, which would find nothing", async (maxRuns) => {
  await expect(explore(transfers, { actors: [Account, Transfer], maxRuns })).rejects.toThrow("maxRuns is");
});

it("refuses options that there are not", async () => {
  const options = { actors: [Account, Transfer], maxRun: 7 };
  await expect(explore(transfers, options)).rejects.toThrow('there is no "maxRun"');
});

it("names a scenario that sends other commands after a crash", async () => {
  let runs = 0;
  const scenario = async (world: World): Promise<void> => {
    await world.ref(Account, "alice").ask.deposit(1);
    if (runs++ > 0) await world.ref(Account, "bob").ask.deposit(1);
  };
  await expect(explore(scenario, { actors: [Account] })).rejects.toThrow("the number of commands is: 2 instead of 1");
});

it("stores with the codec that it is given, in every life", async () => {
  let encoded = 0;
  const codec = {
    name: "counting",
    encode: (value: unknown): Uint8Array => {
      encoded++;
      return Buffer.from(JSON.stringify(value));
    },
    decode: (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString()),
  };
  const { runs } = await explore((world) => world.ref(Account, "alice").ask.deposit(1), { actors: [Account], codec });
  expect(encoded).toBeGreaterThanOrEqual(runs);
});

it("names a command that fails and is not awaited", async () => {
  const scenario = async (world: World): Promise<void> => {
    void world.ref(Account, "alice").ask.withdraw(1);
    await world.ref(Account, "alice").ask.deposit(1);
  };
  await expect(explore(scenario, { actors: [Account] })).rejects.toThrow(
    "a command failed whose answer the scenario did not await: withdraw to account/alice: it was rejected",
  );
});
