// Snapshots in tests go the way that they go in a store: codec, snapshotVersion, restore.
import { deserialize, serialize } from "node:v8";
import { type Codec, EventSourcedActor, type Events } from "@aether/persistence";
import { given } from "@aether/testing";
import { expect, it } from "vitest";

type Tagged = { readonly type: "tagged"; readonly tag: string };
const events: Events<Tagged> = { tagged: 1 };
const tagged = (...tags: string[]): Tagged[] => tags.map((tag) => ({ type: "tagged", tag }));

/** Keeps what JSON does not. */
const v8: Codec = { name: "v8", encode: (value) => serialize(value), decode: (bytes) => deserialize(bytes) };

class Tags extends EventSourcedActor<Tagged> {
  static type = "tags";
  static readonly events = events;
  state: { tags: Map<string, number> } = { tags: new Map() };
  apply({ tag }: Tagged): void {
    this.state.tags.set(tag, (this.state.tags.get(tag) ?? 0) + 1);
  }
  tag(tag: string): number {
    this.persist({ type: "tagged", tag });
    return this.state.tags.size;
  }
}

it("are made with the codec of the system", async () => {
  await given(Tags, tagged("a", "b"), { codec: v8 })
    .when((tags) => tags.tag("c"))
    .restart()
    .when((tags) => tags.tag("d"))
    .expect({ reply: 4 });
  await expect(
    given(Tags, tagged("a", "b"))
      .when((tags) => tags.tag("c"))
      .expect({}),
  ).rejects.toThrow("Map");
});

it("must come back from that codec as they were", async () => {
  const lossy: Codec = {
    name: "lossy",
    encode: (value) => serialize(value),
    decode: (bytes) => {
      const value: unknown = deserialize(bytes);
      if ((value as Partial<Tags["state"]>).tags instanceof Map) (value as Tags["state"]).tags.delete("b");
      return value;
    },
  };
  await expect(given(Tags, tagged("a", "b"), { codec: lossy }).expect({})).rejects.toThrow(
    "a snapshot of Tags at version 2, stored and restored, is not the state that it was made of",
  );
});

it("are restored as those of the class's snapshotVersion", async () => {
  class Counted extends EventSourcedActor<Tagged> {
    static type = "counted";
    static readonly events = events;
    static readonly snapshotVersion = 3;
    state = { n: 0 };
    apply(): void {
      this.state.n += 1;
    }
    override snapshot(): unknown {
      return { count: this.state.n };
    }
    override restore(data: unknown, version: number): void {
      const { count } = data as { count: number };
      this.state = { n: version === 3 ? count : count * 1_000 };
    }
  }
  await given(Counted, tagged("a", "b")).expect({ state: { n: 2 } });
});

it("must give the state back, not only one that ends the same", async () => {
  class Late extends EventSourcedActor<Tagged> {
    static type = "late";
    static readonly events = events;
    state: { last: string | null } = { last: null };
    apply({ tag }: Tagged): void {
      this.state.last = tag;
    }
    override restore(): void {
      this.state = { last: "?" }; // the next event hides it
    }
  }
  await expect(given(Late, tagged("a", "b")).expect({})).rejects.toThrow(
    /a snapshot of Late at version 0, stored and restored.*\n\+ came - expected\n[^]*\+ {3}last: '\?'\n- {3}last: null/,
  );
});
