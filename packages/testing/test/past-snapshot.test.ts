// An actor that begins with a snapshot of older code: what `restore` is for.
import { deserialize, serialize } from "node:v8";
import { type Codec, EventSourcedActor, everyNEvents, type Events } from "@aether/persistence";
import { given, past, pastSnapshot } from "@aether/testing";
import { expect, it } from "vitest";
import { Greeter } from "./account.ts";

type Added = { readonly type: "added"; readonly amount: number };

/** Kept cents in a field of another name once. */
class Purse extends EventSourcedActor<Added> {
  static type = "purse";
  static readonly events: Events<Added> = { added: 1 };
  static readonly snapshotVersion: number = 2;
  static readonly snapshots: ReturnType<typeof everyNEvents> = everyNEvents(2);
  state = { amount: 0 };
  apply(event: Added): void {
    this.state.amount += event.amount;
  }
  add(amount: number): number {
    return this.persist({ type: "added", amount }).amount;
  }
  override restore(data: unknown, version: number): void {
    this.state = version === 1 ? { amount: (data as { cents: number }).cents / 100 } : (data as Purse["state"]);
  }
}

const added = (amount: number): Added => ({ type: "added", amount });
const old = pastSnapshot({ cents: 700 }, { snapshotVersion: 1, version: 40 });

it("is restored as one of its version, and events go on behind it", async () => {
  await given(Purse, [old, added(1)])
    .when((purse) => purse.add(2))
    .when((purse) => purse.add(3))
    .restart()
    .when((purse) => purse.add(4))
    .expect({ reply: 17, state: { amount: 17 }, events: [2, 3, 4].map(added) });
  await given(Purse, [old]).expect({ state: { amount: 7 }, events: [] });
});

it("counts versions on from where it stands", async () => {
  class Versioned extends Purse {
    static override type = "versioned";
    override apply(event: Added, meta?: { readonly version: number }): void {
      this.state.amount = (meta?.version ?? 0) * 1_000 + event.amount;
    }
  }
  await given(Versioned, [old, added(1)])
    .when((purse) => purse.add(2))
    .expect({ reply: 42_002 });
});

it("shows a restore that does not know the old form", async () => {
  class Careless extends Purse {
    static override type = "careless";
    override restore(data: unknown): void {
      this.state = data as Purse["state"];
    }
  }
  await expect(given(Careless, [old]).expect({ state: { amount: 7 } })).rejects.toThrow(
    "the state is another\n+ came - expected\n  {\n+   cents: 700\n-   amount: 7\n  }",
  );
  class Throwing extends Purse {
    static override type = "throwing";
    override restore(_data: unknown, version: number): void {
      throw new Error(`no snapshot of version ${version}`);
    }
  }
  await expect(given(Throwing, [old]).expect({})).rejects.toThrow(
    "Throwing.restore of a snapshot of version 1 threw: no snapshot of version 1",
  );
});

it("is read with the codec of the system, and a new copy each time", async () => {
  type Tagged = { readonly type: "tagged"; readonly tag: string };
  class Tags extends EventSourcedActor<Tagged> {
    static type = "tags";
    static readonly events: Events<Tagged> = { tagged: 1 };
    state: { tags: Map<string, number> } = { tags: new Map() };
    apply({ tag }: Tagged): void {
      this.state.tags.set(tag, (this.state.tags.get(tag) ?? 0) + 1);
    }
    tag(tag: string): number {
      return this.persist({ type: "tagged", tag }).tags.size;
    }
  }
  const codec: Codec = { name: "v8", encode: (value) => serialize(value), decode: (bytes) => deserialize(bytes) };
  await given(Tags, [pastSnapshot({ tags: new Map([["a", 1]]) }), { type: "tagged", tag: "a" }], { codec })
    .when((tags) => tags.tag("b"))
    .expect({
      reply: 2,
      state: {
        tags: new Map([
          ["a", 2],
          ["b", 1],
        ]),
      },
    });
});

it.each([
  [() => given(Purse, [added(1), old]).expect({}), "a pastSnapshot stands first"],
  [() => given(Purse, [pastSnapshot({}, { snapshotVersion: 3 })]).expect({}), "Purse can read 1 to its own 2"],
  [() => given(Purse, [pastSnapshot({}, { version: 0 })]).expect({}), "version is 0"],
  [() => given(Purse, [pastSnapshot({}, { schema: 1 } as never)]).expect({}), 'there is no "schema"'],
  [() => given(Greeter, [old] as never).expect({}), "Greeter is volatile"],
])("is refused where it cannot be (%#)", async (run, message) => {
  await expect(run()).rejects.toThrow(message);
});

it("may stand before events of older schemas", async () => {
  await given(Purse, [old, past(added(1), { time: 5 })]).expect({ state: { amount: 8 } });
});
