// Random histories against a model: whatever the store does, what was acknowledged is stored exactly once, what is stored
// was asked for, the state is the fold of it, and nobody hears of anything before the store has acknowledged it.
import { Actor, type ActorRef, Rejection } from "@aether/actor";
import { createVirtualTime } from "@aether/actor/testing";
import { EventSourcedActor, everyNEvents, type Events } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { openBank } from "./bank.ts";
import { eventsOf, failingStore, faultTypes, type Moved } from "./model-store.ts";

/** What one play has seen, at the moment it was seen. */
interface Seen {
  readonly acknowledged: Set<string>;
  readonly early: string[];
  /** What actors told others, and what they replied: life of the object, version. */
  readonly heard: { readonly life: number; readonly version: number; readonly tag: string }[];
  readonly answered: { readonly life: number; readonly version: number }[];
  lives: number;
}
let seen: Seen;

function mayKnow(tags: readonly string[], how: string): void {
  for (const tag of tags) if (!seen.acknowledged.has(tag)) seen.early.push(`${how} of ${tag}`);
}

class Ear extends Actor {
  static type = "ear";
  hear(life: number, version: number, tag: string): void {
    mayKnow([tag], "tell");
    seen.heard.push({ life, version, tag });
  }
}

class Wallet extends EventSourcedActor<Moved> {
  static type = "wallet";
  static readonly events: Events<Moved> = { moved: 1 };
  static readonly snapshots = everyNEvents(3);
  readonly #life = ++seen.lives;
  state = { balance: 0, tags: [] as string[] };
  apply({ tag, amount }: Moved): void {
    this.state.balance += amount;
    this.state.tags.push(tag);
  }
  #move(tag: string, amount: number) {
    const { balance, tags } = this.persist({ type: "moved", tag, amount });
    this.ctx.ref(Ear, "ear").tell.hear(this.#life, tags.length, tag);
    return { balance, life: this.#life, version: tags.length, tags };
  }
  deposit(tag: string, amount: number) {
    return this.#move(tag, amount);
  }
  withdraw(tag: string, amount: number) {
    if (amount > this.state.balance) throw new Rejection("insufficient-funds");
    return this.#move(tag, -amount);
  }
  async depositLater(tag: string, amount: number) {
    await Promise.resolve();
    return this.#move(tag, amount);
  }
  async split(tag: string, amount: number) {
    this.#move(tag, amount);
    await this.durable();
    mayKnow(this.state.tags, "durable");
    return this.#move(`${tag}+`, amount);
  }
  throwAfter(tag: string, amount: number): never {
    this.#move(tag, amount);
    throw new Error("bug");
  }
  keepButRefuse(tag: string, amount: number): Rejection {
    this.#move(tag, amount);
    return new Rejection("kept");
  }
  passOn(tag: string, amount: number): void {
    this.ctx.ref(Wallet, "other").tell.deposit(tag, amount);
  }
  look() {
    return { ...this.state, life: this.#life, version: this.state.tags.length };
  }
}
type Reply = ReturnType<Wallet["look"]>;

const asks = ["deposit", "withdraw", "depositLater", "split", "throwAfter", "keepButRefuse", "passOn", "look"] as const;
const kinds = [...asks, "named deposit", "named split", "tell", "tell split", "passivate"] as const;
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
type Step = History["steps"][number];

/** What is asked: a named command is the same one each time, whoever asks. */
function commandOf({ kind, amount }: Step, index: number) {
  if (kind === "tell split") return { method: "split", tag: String(index), amount } as const;
  if (!kind.startsWith("named")) return { method: kind as (typeof asks)[number], tag: String(index), amount };
  const commandId = `${kind} ${amount % 3}`;
  return {
    method: kind === "named split" ? "split" : "deposit",
    tag: commandId,
    amount: 1 + (amount % 3),
    commandId,
  } as const;
}

interface Asked {
  readonly tag: string;
  readonly kind: Step["kind"];
  outcome: string;
  value?: Reply;
}

async function play({ steps, faults }: History) {
  seen = { acknowledged: new Set(), early: [], heard: [], answered: [], lives: 0 };
  const { acknowledged } = seen;
  const [log, time] = [memory(), createVirtualTime()];
  const later = (task: () => void, ms: number): void => void time.scheduler.after(ms, task);
  const store = failingStore(log, { faults, acknowledged, later });
  const actors = [Wallet, Ear];
  const one = await openBank({ store, time, actors, seed: 11 });
  await time.advance(1);
  const two = await openBank({ store: failingStore(log, { faults: [], acknowledged, later }), time, actors, seed: 12 });
  const asked: Asked[] = [];
  for (const [index, step] of steps.entries()) {
    const bank = [one, two][step.via]!;
    if (step.kind === "passivate") void bank.local.release(() => true);
    else asked.push(ask(bank.system.ref(Wallet, "w"), step, index));
    if (step.waitMs > 0) await time.advance(step.waitMs);
  }
  await time.advance(120_000);
  const stored = (await one.stored("w", "wallet")).flatMap(eventsOf);
  const other = (await one.stored("other", "wallet")).flatMap(eventsOf);
  await one.system.stop();
  await two.system.stop();
  const fresh = await openBank({ store: log, time, actors, seed: 13 });
  const { balance, tags } = await fresh.system.ref(Wallet, "w").ask.look();
  await fresh.system.stop();
  return { asked, stored, other, state: { balance, tags } };
}

function ask(wallet: ActorRef<Wallet>, step: Step, index: number): Asked {
  const { method, tag, amount, ...named } = commandOf(step, index);
  const ref = wallet.with({ timeoutMs: 600_000, ...named });
  const note: Asked = { tag, kind: step.kind, outcome: "waiting" };
  if (step.kind === "tell") ref.tell.deposit(tag, amount);
  else if (step.kind === "tell split") ref.tell.split(tag, amount);
  else {
    ref.ask[method](tag, amount).then(
      (value: Reply | void) => {
        Object.assign(note, { outcome: "done", value });
        if (value === undefined) return;
        mayKnow(value.tags, `reply to ${step.kind}`);
        if (!step.kind.startsWith("named")) seen.answered.push(value);
      },
      (error: { code: string }) => Object.assign(note, { outcome: error.code }),
    );
  }
  return note;
}

/** Within the life of one object. */
function inOrder(outputs: readonly { readonly life: number; readonly version: number }[]): boolean {
  const last = new Map<number, number>();
  return outputs.every(({ life, version }) => {
    const isNext = version >= (last.get(life) ?? 0);
    last.set(life, version);
    return isNext;
  });
}

const refusals = ["PERSISTENCE_COMMIT_REJECTED", "ACTOR_ACTIVATION_FAILED"];
const interrupted = "PERSISTENCE_COMMAND_INTERRUPTED";

/** All asks of one command, and which of its events are stored. */
function checkCommand(
  kind: Step["kind"],
  outcomes: ReadonlySet<string>,
  [first, rest]: readonly [boolean, boolean],
): void {
  const what = `${kind}: ${[...outcomes].join()}, stored: ${first} ${rest}`;
  const mayBe = [...refusals, ...allowed(kind)];
  expect(
    [...outcomes].filter((outcome) => !mayBe.includes(outcome)),
    what,
  ).toEqual([]);
  if (kind === "look" || kind === "passOn" || kind === "throwAfter") expect(first, what).toBe(false);
  else if (kind === "keepButRefuse") expect(first, what).toBe(outcomes.has("kept"));
  else if (!kind.endsWith("split")) expect(first, what).toBe(outcomes.has("done"));
  else {
    expect(rest, what).toBe(outcomes.has("done"));
    if (outcomes.has(interrupted)) expect([first, rest], what).toEqual([true, false]);
  }
}

function allowed(kind: Step["kind"]): string[] {
  if (kind === "throwAfter") return ["ACTOR_FAILED"];
  if (kind === "keepButRefuse") return ["kept"];
  if (kind === "withdraw") return ["done", "insufficient-funds"];
  return kind.endsWith("split") ? ["done", interrupted] : ["done"];
}

function checkReply({ kind, tag, value }: Asked, stored: readonly Moved[]): void {
  if (value === undefined) return;
  const upTo = stored.slice(0, value.version);
  expect(value.tags, kind).toEqual(upTo.map((event) => event.tag));
  expect(value.balance, kind).toBe(upTo.reduce((sum, { amount }) => sum + amount, 0));
  if (kind !== "look") expect(upTo.at(-1)?.tag).toBe(kind.endsWith("split") ? `${tag}+` : tag);
}

it("acknowledged is exactly what is stored, once each, and the state is its fold", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(history, async (input) => {
      const { asked, stored, other, state } = await play(input);
      const tags = stored.map(({ tag }) => tag);
      expect(new Set(tags).size).toBe(tags.length);
      expect(state).toEqual({ balance: stored.reduce((sum, { amount }) => sum + amount, 0), tags });
      expect(seen.early).toEqual([]);
      expect([inOrder(seen.heard), inOrder(seen.answered)]).toEqual([true, true]);
      const all = [...tags, ...other.map(({ tag }) => tag)];
      expect(seen.heard.map(({ tag }) => tag).toSorted()).toEqual(all.toSorted());
      for (const tag of new Set(asked.map((each) => each.tag))) {
        const group = asked.filter((each) => each.tag === tag);
        const { kind } = group[0]!;
        const values = group.flatMap(({ value }) => value ?? []);
        for (const value of values) expect(value).toEqual(values[0]);
        for (const each of group) checkReply(each, stored);
        expect(tags.includes(tag) || !tags.includes(`${tag}+`)).toBe(true);
        if (kind.startsWith("tell")) continue;
        checkCommand(kind, new Set(group.map(({ outcome }) => outcome)), [
          tags.includes(tag),
          tags.includes(`${tag}+`),
        ]);
      }
    }),
    { numRuns: 1_000, seed: 20_261_123 },
  );
});
