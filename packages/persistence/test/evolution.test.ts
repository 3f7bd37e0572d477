// Events of yesterday in the code of today, and of tomorrow.
import {
  EventSourcedActor,
  type Events,
  everyNEvents,
  noSnapshots,
  persistence,
  type RetiredEvents,
  type Upcasters,
} from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { expect, it } from "vitest";
import { type Bank, openBank } from "./bank.ts";

type OldEvent =
  | { type: "paid"; text: string }
  | { type: "moved"; to: string }
  | { type: "blinked" }
  | { type: "opened-by"; name: string };

/** The code of yesterday: everything at schema 1. */
class OldAccount extends EventSourcedActor<OldEvent> {
  static type = "account";
  static readonly events: Events<OldEvent> = { paid: 1, moved: 1, blinked: 1, "opened-by": 1 };
  static readonly snapshots = noSnapshots;
  state = { count: 0 };
  apply(): void {
    this.state.count++;
  }
  put(event: OldEvent): number {
    return this.persist(event).count;
  }
}

type NewEvent =
  | { type: "paid"; cents: number; currency: string }
  | { type: "left"; place: string }
  | { type: "arrived"; place: string }
  | { type: "moved"; to: string }
  | { type: "opened"; owner: string };
type PaidV1 = { type: "paid"; text: string };
type PaidV2 = { type: "paid"; cents: number };

const calls: string[] = [];

/** The code of today. */
class NewAccount extends EventSourcedActor<NewEvent> {
  static type = "account";
  static readonly events: Events<NewEvent> = { paid: 3, left: 1, arrived: 1, moved: 2, opened: 1 };
  static readonly upcasters: Upcasters<NewEvent> = {
    paid: [
      (old: PaidV1): PaidV2 => ({ type: "paid", cents: Math.round(Number(old.text) * 100) }),
      ({ cents }: PaidV2) => ({ type: "paid", cents, currency: "EUR" }),
    ],
    moved: [
      (old: { type: "moved"; to: string }) => [
        { type: "left", place: "home" },
        { type: "arrived", place: old.to },
      ],
    ],
  };
  static readonly retired: RetiredEvents<NewEvent> = {
    blinked: [() => []],
    "opened-by": [({ name }: { name: string }) => ({ type: "opened", owner: name })],
  };
  static readonly snapshots = noSnapshots;
  state = { seen: [] as string[] };
  apply(event: NewEvent, { version, time }: { version: number; time: number }): void {
    const { type, ...rest } = event;
    this.state.seen.push(`${version} ${type} ${Object.values(rest).join(" ")}${time > 0 ? "" : " without time"}`);
  }
  look(): string[] {
    return this.state.seen;
  }
  pay(cents: number): number {
    this.persist({ type: "paid", cents, currency: "USD" });
    return this.state.seen.length;
  }
}

const seen = ["1 opened alice", "2 paid 1250 EUR", "4 left home", "4 arrived Berlin", "5 paid 1 EUR"];

async function yesterday(count = 5) {
  const store = memory();
  await using bank = await openBank({ actors: [OldAccount], store });
  const { ask } = bank.system.ref(OldAccount, "a");
  const events: OldEvent[] = [
    { type: "opened-by", name: "alice" },
    { type: "paid", text: "12.5" },
    { type: "blinked" },
    { type: "moved", to: "Berlin" },
    { type: "paid", text: "0.01" },
  ];
  for (const event of events.slice(0, count)) await ask.put(event);
  return store;
}

const today = (bank: Bank) => bank.system.ref(NewAccount, "a").ask;

it("old events reach apply as events of today: changed step by step, renamed, split, dropped", async () => {
  const store = await yesterday();
  await using bank = await openBank({ actors: [NewAccount], store });
  expect(await today(bank).look()).toEqual(seen);
  expect(bank.of("actor-recovered")).toMatchObject([{ version: 5, eventsReplayed: 5 }]);
});

it("one stored event is one version, whatever became of it: new ones go on behind it", async () => {
  const store = await yesterday();
  {
    await using bank = await openBank({ actors: [NewAccount], store });
    expect(await today(bank).pay(5)).toBe(6);
  }
  await using bank = await openBank({ actors: [NewAccount], store });
  expect(await today(bank).look()).toEqual([...seen, "6 paid 5 USD"]);
  expect((await bank.stored("a")).join("\n")).toContain(
    '{"schema":3,"event":{"type":"paid","cents":5,"currency":"USD"}}',
  );
});

it("a dropped event at the end leaves no gap", async () => {
  const store = await yesterday(3);
  await using bank = await openBank({ actors: [NewAccount], store });
  expect(await today(bank).look()).toEqual(seen.slice(0, 2));
  expect(await today(bank).pay(5)).toBe(3);
  expect((await today(bank).look()).at(-1)).toBe("4 paid 5 USD");
});

it("a snapshot of today stands for the old events before it", async () => {
  class Snapshotting extends NewAccount {
    static override type = "account";
    static override readonly snapshots = everyNEvents(6);
  }
  const store = await yesterday();
  {
    await using bank = await openBank({ actors: [Snapshotting], store });
    await bank.system.ref(Snapshotting, "a").ask.pay(5);
  }
  await using bank = await openBank({ actors: [Snapshotting], store });
  expect(await bank.system.ref(Snapshotting, "a").ask.look()).toEqual([...seen, "6 paid 5 USD"]);
  expect(bank.of("actor-recovered")).toMatchObject([{ snapshotVersion: 6, eventsReplayed: 0 }]);
});

it("old and new nodes together: an old one refuses what it does not know, by name, and serves the rest", async () => {
  const store = await yesterday();
  await using newer = await openBank({ actors: [NewAccount], store });
  await using older = await openBank({ actors: [OldAccount], store });
  await newer.system.ref(NewAccount, "a").ask.pay(1);
  await newer.system.ref(NewAccount, "c").ask.pay(1);
  const refusal = (id: string) => older.system.ref(OldAccount, id).ask.put({ type: "blinked" });
  await expect(refusal("a")).rejects.toMatchObject({
    code: "ACTOR_ACTIVATION_FAILED",
    retryable: false,
    message: expect.stringMatching(
      /account\/a: event "paid" \(schema 3\) at version 6 is newer than this code, which knows schema 1\. Run newer code/,
    ) as string,
    data: { causeCode: "PERSISTENCE_UNKNOWN_EVENT" },
  });
  await expect(refusal("c")).rejects.toMatchObject({ data: { causeCode: "PERSISTENCE_UNKNOWN_EVENT" } });
  expect(await refusal("b")).toBe(1);
  expect(await newer.system.ref(NewAccount, "b").ask.look()).toEqual([]);
  expect(await newer.system.ref(NewAccount, "a").ask.pay(2)).toBe(7);
});

it("an event that is gone from the code is named, with what to do", async () => {
  class Forgetful extends OldAccount {
    static override type = "account";
    static override readonly events = { paid: 1 } as never;
  }
  const store = await yesterday();
  await using bank = await openBank({ actors: [Forgetful], store });
  await expect(bank.system.ref(Forgetful, "a").ask.put({ type: "blinked" })).rejects.toThrow(
    'event "opened-by" (schema 1) at version 1 is in neither `static events` nor `static retired`; add it, or run newer code',
  );
});

it("a retired event cannot be persisted any more", async () => {
  class Stubborn extends NewAccount {
    static override type = "account";
    blink(): void {
      this.persist({ type: "blinked" } as never);
    }
  }
  await using bank = await openBank({ actors: [Stubborn] });
  await expect(bank.system.ref(Stubborn, "a").ask.blink()).rejects.toMatchObject({ code: "PERSISTENCE_UNKNOWN_EVENT" });
});

it.each<[string, (old: never) => unknown, string]>([
  ["throws", () => { throw new Error("no rate for 1970"); }, "no rate for 1970"], // prettier-ignore
  ["gives nothing", () => undefined, "it gave undefined, which is no event"],
  ["gives a promise", async () => ({ type: "left" }), "it gave {}, which is no event"],
  ["gives an unknown event", () => ({ type: "lost" }), 'it gave event "lost", which is not in static events'],
  ["gives a retired event", () => [{ type: "blinked" }], 'it gave event "blinked", which is not in static events'],
])("an upcaster that %s is named with actor, version, type and schema", async (_, upcaster, message) => {
  class Broken extends NewAccount {
    static override type = "account";
    static override readonly upcasters = { ...NewAccount.upcasters, moved: [upcaster] } as never;
  }
  const store = await yesterday();
  await using bank = await openBank({ actors: [Broken], store });
  await expect(bank.system.ref(Broken, "a").ask.look()).rejects.toMatchObject({
    retryable: false,
    message: expect.stringContaining(
      `account/a: replay of "moved" at version 4 threw: the upcaster from schema 1: ${message}`,
    ) as string,
    data: { causeCode: "PERSISTENCE_REPLAY_FAILED" },
  });
  expect(bank.of("activation-failed")).toHaveLength(1);
  expect(await bank.system.ref(Broken, "other").ask.pay(1)).toBe(1);
});

it("a retired event whose last step gives its own type again is named, and never reaches apply", async () => {
  class Unending extends NewAccount {
    static override type = "account";
    static override readonly retired = { ...NewAccount.retired, blinked: [(old: object) => ({ ...old })] } as never;
  }
  const store = await yesterday();
  await using bank = await openBank({ actors: [Unending], store });
  await expect(bank.system.ref(Unending, "a").ask.look()).rejects.toMatchObject({
    message: expect.stringContaining('it gave event "blinked", which is not in static events') as string,
    data: { causeCode: "PERSISTENCE_REPLAY_FAILED" },
  });
});

const step = (): never[] => [];
it.each<[string, object, string]>([
  [
    "a step that is missing",
    { events: { paid: 3 }, upcasters: { paid: [step] } },
    "static events.paid is 3, static upcasters.paid lists 1 functions; it takes 2",
  ],
  [
    "no steps at all",
    { events: { paid: 2 }, upcasters: undefined },
    "static upcasters.paid lists 0 functions; it takes 1",
  ],
  ["a step too many", { events: { paid: 1 }, upcasters: { paid: [step] } }, "lists 1 functions; it takes 0"],
  [
    "upcasters of nothing",
    { events: { paid: 1 }, upcasters: { piad: [step] } },
    "static upcasters.piad is no event of its own",
  ],
  [
    "a step that is no function",
    { events: { paid: 2 }, upcasters: { paid: [1] } },
    "static upcasters.paid must be a list of functions",
  ],
  ["no list", { events: { paid: 2 }, upcasters: { paid: step } }, "static upcasters.paid must be a list of functions"],
  ["upcasters that are none", { events: { paid: 2 }, upcasters: 1 }, "static upcasters is a number"],
  [
    "retired events that live",
    { events: { paid: 1 }, upcasters: {}, retired: { paid: [step] } },
    "static retired.paid is in static events too",
  ],
  [
    "a retired event without a step",
    { events: { paid: 1 }, upcasters: {}, retired: { old: [] } },
    "static retired.old must be a list of functions",
  ],
  ["a schema that is none", { events: { paid: 1.5 }, upcasters: {} }, "static events.paid is 1.5"],
])("a class with %s is refused at start", async (_, statics, message) => {
  class Wrong extends NewAccount {
    static override type = "wrong";
  }
  Object.assign(Wrong, { retired: {} }, statics);
  await expect(openBank({ actors: [Wrong] })).rejects.toThrow(message);
});

it("history() reads with the same upcasters", async () => {
  const store = await yesterday();
  await using bank = await openBank({ actors: [NewAccount], store });
  const history = bank.system.use(persistence).history(NewAccount, "a");
  const found: string[] = [];
  for await (const { event, version } of history.events()) found.push(`${version} ${event.type}`);
  expect(found).toEqual(["1 opened", "2 paid", "4 left", "4 arrived", "5 paid"]);
  expect(await history.captureState({ atVersion: 4 })).toMatchObject({ version: 4, state: { seen: seen.slice(0, 4) } });
  expect((await history.captureState({ atVersion: 3 })).state).toEqual({ seen: seen.slice(0, 2) });
});

it("upcasters run when events are read, and only then", async () => {
  class Counting extends NewAccount {
    static override type = "account";
    static override readonly retired: RetiredEvents<NewEvent> = {
      ...NewAccount.retired,
      blinked: [(old: { type: string }) => (calls.push(old.type), [])],
    };
  }
  const store = await yesterday();
  const before = (await (await openBank({ store })).stored("a")).join();
  await using bank = await openBank({ actors: [Counting], store });
  await bank.system.ref(Counting, "a").ask.look();
  await bank.system.ref(Counting, "a").ask.pay(1);
  expect(calls).toEqual(["blinked"]);
  expect((await bank.stored("a")).join().startsWith(before)).toBe(true);
});
