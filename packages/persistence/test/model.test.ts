// Random histories against a model: whatever the store does, what was acknowledged is stored exactly once, what is stored
// was asked for, and the state is the fold of it.
import { createVirtualTime } from "@aether/actor/testing";
import { EventSourcedActor, everyNEvents, type Events } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import type { Fault, Faults } from "@aether/persistence/testing";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Rejection } from "@aether/actor";
import { openBank } from "./bank.ts";

type E = { type: "moved"; tag: number; amount: number };

class Wallet extends EventSourcedActor<E> {
  static type = "wallet";
  static readonly events: Events<E> = { moved: 1 };
  static readonly snapshots = everyNEvents(3);
  state = { balance: 0, tags: [] as number[] };
  apply({ tag, amount }: E): void {
    this.state.balance += amount;
    this.state.tags.push(tag);
  }
  deposit(tag: number, amount: number): number {
    return this.persist({ type: "moved", tag, amount }).balance;
  }
  withdraw(tag: number, amount: number): number {
    if (amount > this.state.balance) throw new Rejection("insufficient-funds");
    return this.persist({ type: "moved", tag, amount: -amount }).balance;
  }
  async depositLater(tag: number, amount: number): Promise<number> {
    await Promise.resolve();
    return this.deposit(tag, amount);
  }
  throwAfter(tag: number, amount: number): never {
    this.deposit(tag, amount);
    throw new Error("bug");
  }
  keepButRefuse(tag: number, amount: number): Rejection {
    this.deposit(tag, amount);
    return new Rejection("kept");
  }
  passOn(tag: number, amount: number): void {
    this.ctx.ref(Wallet, "other").tell.deposit(tag, amount);
  }
  look(): Wallet["state"] {
    return this.state;
  }
}

const kinds = ["deposit", "withdraw", "depositLater", "throwAfter", "keepButRefuse", "passOn", "tell", "look"] as const;
const faultTypes = ["throw-before", "throw-after", "rejected", "conflict"] as const;
const step = fc.record({
  kind: fc.constantFrom(...kinds),
  amount: fc.integer({ min: 1, max: 9 }),
  via: fc.constantFrom(0, 0, 0, 1),
  waitMs: fc.constantFrom(0, 0, 0, 3, 40),
});
const history = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 25 }),
  faults: fc.array(fc.option(fc.constantFrom(...faultTypes), { freq: 2 }), { maxLength: 12 }),
});
type History = typeof history extends fc.Arbitrary<infer H> ? H : never;

async function play({ steps, faults }: History) {
  const store = memory();
  const time = createVirtualTime();
  const stealing = await store.open({ systemName: "bank", warn: () => undefined });
  const one = await openBank({ store, time, actors: [Wallet], faults: faultsOf(faults), seed: 11 });
  await time.advance(1);
  const two = await openBank({ store, time, actors: [Wallet], seed: 12 });
  const asked = steps.map(() => ({ outcome: "waiting" as string, value: undefined as unknown }));
  for (const [tag, { kind, amount, via, waitMs }] of steps.entries()) {
    const ref = [one, two][via]!.system.ref(Wallet, "w").with({ timeoutMs: 600_000 });
    const note = asked[tag]!;
    if (kind === "tell") ref.tell.deposit(tag, amount);
    else {
      ref.ask[kind](tag, amount).then(
        (value) => Object.assign(note, { outcome: "done", value }),
        (error: { code: string }) => Object.assign(note, { outcome: error.code }),
      );
    }
    if (waitMs > 0) await time.advance(waitMs);
  }
  await time.advance(120_000);
  const stored = await tagsIn(stealing.events, "w");
  const other = await tagsIn(stealing.events, "other");
  await one.system.stop();
  await two.system.stop();
  const fresh = await openBank({ store, time, actors: [Wallet], seed: 13 });
  const state = await fresh.system.ref(Wallet, "w").ask.look();
  await fresh.system.stop();
  return { asked, stored, other, state };
}

/** A store keeps to its contract: what it may have stored is neither rejected nor in conflict afterwards. */
function faultsOf(list: History["faults"]): Faults {
  const inDoubt = new Set<string>();
  return ({ operation, n, bytes }) => {
    const type = operation === "append" ? list[n - 1] : undefined;
    if (type === undefined || type === null) return undefined;
    const text = Buffer.from(bytes ?? []).toString();
    if (type === "throw-after") inDoubt.add(text);
    else if (type !== "throw-before" && inDoubt.has(text)) return undefined;
    return { type } satisfies Fault;
  };
}

async function tagsIn(
  events: Awaited<ReturnType<ReturnType<typeof memory>["open"]>>["events"],
  id: string,
): Promise<E[]> {
  const found: E[] = [];
  for await (const page of events.read({ type: "wallet", id }, { after: 0, upTo: Number.MAX_SAFE_INTEGER })) {
    for (const { bytes } of page) {
      const commit = JSON.parse(Buffer.from(bytes).toString()) as { events: { event: E }[] };
      found.push(...commit.events.map(({ event }) => event));
    }
  }
  return found;
}

it("acknowledged is exactly what is stored, once each, and the state is its fold", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(history, async (input) => {
      const { asked, stored, other, state } = await play(input);
      const tags = stored.map(({ tag }) => tag);
      expect(new Set(tags).size).toBe(tags.length);
      expect(state).toEqual({ balance: stored.reduce((sum, { amount }) => sum + amount, 0), tags });
      const passed = other.map(({ tag }) => tag);
      expect(new Set(passed).size).toBe(passed.length);
      for (const [tag, { kind }] of input.steps.entries()) {
        const { outcome, value } = asked[tag]!;
        const isStored = tags.includes(tag);
        const what = `${tag} ${kind}: ${outcome}, stored: ${isStored}`;
        if (kind === "tell") continue;
        expect(outcome, what).not.toBe("waiting");
        if (kind === "look" || kind === "passOn") expect(isStored, what).toBe(false);
        else if (kind === "keepButRefuse") expect(isStored, what).toBe(outcome === "kept");
        else expect(isStored, what).toBe(outcome === "done");
        if (kind === "throwAfter") expect(["ACTOR_FAILED", "ACTOR_ACTIVATION_FAILED"], what).toContain(outcome);
        if (outcome === "done" && isStored) {
          const upTo = stored.slice(0, tags.indexOf(tag) + 1).reduce((sum, { amount }) => sum + amount, 0);
          expect(value, what).toBe(upTo);
        }
      }
    }),
    { numRuns: 200, seed: 20_261_123 },
  );
});
