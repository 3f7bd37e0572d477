// Actors of unusual kinds, and what `given` says of them.
import { EventSourcedActor, type Events, noSnapshots } from "@aether/persistence";
import { given } from "@aether/testing";
import { expect, it } from "vitest";

type Noted = { readonly type: "noted"; readonly tags: readonly string[] };
const events: Events<Noted> = { noted: 1 };

it("refuses an apply that is async, which nobody waits for", async () => {
  class Late extends EventSourcedActor<Noted> {
    static type = "late";
    static readonly events = events;
    state: { tags: string[] } = { tags: [] };
    apply(event: Noted): void {
      this.state.tags.push(...event.tags);
      return Promise.resolve() as unknown as void; // what `async` makes of it
    }
  }
  await expect(given(Late, [{ type: "noted", tags: [] }]).expect({})).rejects.toThrow("gave a promise");
});

it("asks for no snapshot of those that never make one", async () => {
  class Unstored extends EventSourcedActor<Noted> {
    static type = "unstored";
    static readonly events = events;
    static readonly snapshots = noSnapshots;
    state = { tags: new Map<string, number>() };
    apply(event: Noted): void {
      for (const tag of event.tags) this.state.tags.set(tag, 1);
    }
  }
  await given(Unstored, [{ type: "noted", tags: ["a"] }]).expect({ state: { tags: new Map([["a", 1]]) } });
});

it("looks at the state of the actor itself, not of others of its class", async () => {
  class Peer extends EventSourcedActor<Noted> {
    static type = "peer";
    static readonly events = events;
    state: { tags: string[] } = { tags: [] };
    apply(event: Noted): void {
      this.state.tags.push(...event.tags);
    }
    note(tag: string, other?: string): void {
      this.persist({ type: "noted", tags: [tag] });
      if (other !== undefined) this.ctx.ref(Peer, other).tell.note(`${tag} too`);
    }
  }
  await given(Peer)
    .when((peer) => peer.note("a", "other"))
    .expect({ events: [{ type: "noted", tags: ["a"] }], state: { tags: ["a"] } });
});
