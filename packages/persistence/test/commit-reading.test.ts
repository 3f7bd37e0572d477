// Stored commits read for whoever is told of them: by a class, or as they are stored.
import {
  type Codec,
  CommitReader,
  EventSourcedActor,
  type Events,
  type ReadEvent,
  type RetiredEvents,
  type StoredCommit,
  type UnreadableEvent,
  type Upcasters,
} from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { type PlainCommit, storeCommit } from "@aether/persistence/testing";
import { expect, it } from "vitest";

type PaidEvent = { type: "paid"; cents: number };

class Account extends EventSourcedActor<PaidEvent> {
  static type = "account";
  static readonly events: Events<PaidEvent> = { paid: 2 };
  static readonly upcasters: Upcasters<PaidEvent> = {
    paid: [
      ({ amounts }: { amounts: readonly number[] }) => amounts.map((amount) => ({ type: "paid", cents: amount * 100 })),
    ],
  };
  static readonly retired: RetiredEvents<PaidEvent> = { blinked: [() => []] };
  state = {};
  apply(): void {}
}

const actor = { type: "account", id: "x" };

async function stored(commit: Partial<PlainCommit>): Promise<StoredCommit> {
  const { events } = await memory().open({ systemName: "t", warn: () => {} });
  await storeCommit(events, actor, { after: 0, firstVersion: 1, events: [], time: 7, ...commit });
  return (await events.head(actor)) ?? expect.unreachable("nothing is stored");
}

const briefly = (read: ReadEvent | UnreadableEvent): unknown[] =>
  "event" in read ? [read.version, read.part, read.event] : [read.version, read.storedType, read.cause.message];

it("gives the results of upcasters in parts of one version, and none for an event that is dropped", async () => {
  const old = [{ type: "paid", amounts: [1, 2] }, { type: "blinked" }, { type: "paid", amounts: [3] }];
  const { bytes } = await stored({ events: old, command: "c" });
  const { events } = new CommitReader(Account).read(actor, bytes);
  expect(events.map(briefly)).toEqual([
    [1, 0, { type: "paid", cents: 100 }],
    [1, 1, { type: "paid", cents: 200 }],
    [3, 0, { type: "paid", cents: 300 }],
  ]);
  expect(events[0]).toMatchObject({ time: 7, commandId: "c", node: "plain", storedType: "paid", schema: 1 });
});

it("gives events as they are stored without a class, and says which commit they follow", async () => {
  const { bytes } = await stored({ events: [{ type: "anything" }], schema: 9 });
  const { after, events } = new CommitReader(undefined).read(actor, bytes);
  expect([after, events.map(briefly)]).toEqual([0, [[1, 0, { type: "anything" }]]]);
});

it("names an event that it cannot read, and reads the others", async () => {
  const events = [{ type: "paid", cents: 1 }, { type: "exploded" }, { type: "paid", cents: 2 }];
  const { bytes } = await stored({ events, schema: 2 });
  const read = new CommitReader(Account).read(actor, bytes).events;
  expect(read.map(briefly)).toEqual([
    [1, 0, { type: "paid", cents: 1 }],
    [2, "exploded", expect.stringContaining('"exploded"')],
    [3, 0, { type: "paid", cents: 2 }],
  ]);
});

it("refuses a commit of another actor, and one that is damaged", async () => {
  const { bytes } = await stored({ events: [{ type: "paid" }], schema: 2 });
  const reader = new CommitReader(Account);
  const damaged = expect.objectContaining({ code: "PERSISTENCE_HISTORY_DAMAGED" });
  expect(() => reader.read({ type: "account", id: "y" }, bytes)).toThrow(damaged);
  expect(() => reader.read(actor, bytes.slice(0, -1))).toThrow(damaged);
});

it("checks the class and the codec when it is made", () => {
  expect(() => new CommitReader(class {} as never)).toThrow(TypeError);
  expect(() => new CommitReader(Account, { name: "Bad Name" } as unknown as Codec)).toThrow(TypeError);
});
