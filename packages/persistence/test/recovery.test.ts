// From the store to a live state, and what is said when that cannot be done.
import { createVirtualTime } from "@aether/actor/testing";
import {
  EventSourcedActor,
  type Events,
  type EventStore,
  noSnapshots,
  type StoredCommit,
  type Upcasters,
} from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import type { Faults } from "@aether/persistence/testing";
import { expect, it } from "vitest";
import { encodeCommit } from "../src/commit-format.ts";
import { TextRun } from "../src/text-run.ts";
import { type BankOptions, openBank, watch } from "./bank.ts";

type E = { type: "added"; n: number } | { type: "renamed"; name: string };
let applyThrows = false;

class Counter extends EventSourcedActor<E> {
  static type = "counter";
  static readonly events: Events<E> = { added: 2, renamed: 1 };
  static readonly upcasters: Upcasters<E> = { added: [({ n }: { n: number }) => ({ type: "added", n: n * 10 })] };
  static readonly snapshots = noSnapshots;
  state = { sum: 0, name: "" };
  apply(event: E): void {
    if (applyThrows) throw new Error("cannot fold");
    if (event.type === "added") this.state.sum += event.n;
    else this.state.name = event.name;
  }
  add(n: number): number {
    return this.persist({ type: "added", n }).sum;
  }
  addUnlisted(type: string): void {
    this.persist({ type } as never);
  }
  addMany(count: number): number {
    this.persist(...Array.from({ length: count }, () => ({ type: "added" as const, n: 1 })));
    return this.state.sum;
  }
  look(): Counter["state"] {
    return this.state;
  }
}

/** Writes commits by hand, then opens a bank over them. */
async function over(
  commits: readonly (string[] | { first: number; events: string[]; id?: string })[],
  options: BankOptions = {},
) {
  const store = memory();
  const { events } = await store.open({ systemName: "bank", warn: () => undefined });
  let token = 0;
  let version = 0;
  for (const [i, commit] of commits.entries()) {
    const { first = version + 1, events: list, id = "a" } = Array.isArray(commit) ? { events: commit } : commit;
    const body = { events: new TextRun(list.join(",")), turns: new TextRun(`{"events":${list.length},"time":1}`) };
    const header = {
      id: `hand${i}`,
      actor: { type: "counter", id },
      after: token,
      firstVersion: first,
      node: "hand",
      epoch: 1,
      time: 1,
    };
    token = await put(events, token, encodeCommit(header, body));
    version = first + list.length - 1;
  }
  return openBank({ actors: [Counter], store, ...options });
}

async function put(events: EventStore, after: number, bytes: Uint8Array): Promise<number> {
  const outcome = await events.append({ type: "counter", id: "a" }, after, bytes);
  return outcome.type === "committed" ? outcome.token : expect.unreachable();
}

const added = (n: number, schema = 2) => `{"schema":${schema},"event":{"type":"added","n":${n}}}`;
const look = (bank: Awaited<ReturnType<typeof openBank>>, id = "a") => bank.system.ref(Counter, id).ask.look();

it("folds all commits, empty ones included", async () => {
  await using bank = await over([[added(1), added(2)], [], [], [added(3)], []]);
  expect(await look(bank)).toEqual({ sum: 6, name: "" });
  expect(bank.of("actor-recovered")).toMatchObject([{ address: "counter/a", version: 3, eventsReplayed: 3 }]);
});

it("events of an older schema are upcasted, those of a newer one are not", async () => {
  await using bank = await over([[added(1, 1)]]);
  expect(await look(bank)).toMatchObject({ sum: 10 });
  await using newer = await over([[added(1, 3)]]);
  await expect(look(newer)).rejects.toMatchObject({ data: { causeCode: "PERSISTENCE_UNKNOWN_EVENT" } });
});

it.each([
  ["a gap", [[added(1)], { first: 3, events: [added(1)] }, []], "PERSISTENCE_HISTORY_DAMAGED", "after version 1 comes"],
  ["an overlap", [[added(1)], { first: 1, events: [added(1)] }, []], "PERSISTENCE_HISTORY_DAMAGED", "begins with 1"],
  ["a lost beginning", [{ first: 5, events: [added(1)] }], "PERSISTENCE_HISTORY_LOST", "begins at version 5"],
  [
    "another actor's commit",
    [[added(1)], { first: 2, events: [added(1)], id: "b" }],
    "PERSISTENCE_HISTORY_DAMAGED",
    "belongs to counter/b",
  ],
  ["an unknown event", [[added(1), '{"schema":1,"event":{"type":"sold"}}']], "PERSISTENCE_UNKNOWN_EVENT", '"sold"'],
  [
    "constructor as an event",
    [['{"schema":1,"event":{"type":"constructor"}}']],
    "PERSISTENCE_UNKNOWN_EVENT",
    "constructor",
  ],
])("%s is named, and other actors are not touched", async (_, commits, causeCode, message) => {
  await using bank = await over(commits);
  await expect(look(bank)).rejects.toMatchObject({
    code: "ACTOR_ACTIVATION_FAILED",
    retryable: false,
    message: expect.stringContaining(message) as string,
    data: { address: "counter/a", causeCode },
  });
  expect(await bank.system.ref(Counter, "other").ask.add(1)).toBe(1);
  expect(bank.of("recovery-retried")).toEqual([]);
});

type Page = readonly StoredCommit[];

/** A store that hands out pages in another way than they are stored, with `count` events in it. */
async function misreading(count: number, misread: (page: Page) => AsyncIterable<Page> | Iterable<Page>) {
  const store = memory();
  {
    await using bank = await openBank({ actors: [Counter], store });
    for (let i = 0; i < count; i++) await bank.system.ref(Counter, "a").ask.add(1);
  }
  const open: typeof store.open = async (scope) => {
    const { events, snapshots } = await store.open(scope);
    const read: EventStore["read"] = async function* (actor, range) {
      for await (const page of events.read(actor, range)) yield* misread(page);
    };
    const plain: EventStore = {
      limits: events.limits,
      head: (actor) => events.head(actor),
      append: (...args) => events.append(...args),
      read,
      truncate: (...args) => events.truncate(...args),
      list: () => events.list(),
      close: () => events.close(),
    };
    return { events: plain, snapshots };
  };
  return openBank({ actors: [Counter], store: { name: "misreading", open } });
}

it.each<[string, (page: Page) => Page, string]>([
  [
    "a damaged byte in the middle of the history",
    (page) => page.map((stored, i) => (i === 1 ? { ...stored, bytes: stored.bytes.with(90, 0) } : stored)),
    "its checksum does not match",
  ],
  ["a read that ends too early", (page) => page.slice(0, 1), "the store gave commits up to token 2, its head is 3"],
  ["a read that leaves one out", (page) => page.filter(({ token }) => token !== 2), "after version 1 comes a commit"],
])("%s is named", async (_, misread, message) => {
  await using bank = await misreading(3, (page) => [misread(page)]);
  await expect(look(bank)).rejects.toThrow(message);
});

it("an apply that throws in replay is named with version and event type, and does not loop", async () => {
  await using bank = await over([[added(1)]]);
  applyThrows = true;
  try {
    await expect(look(bank)).rejects.toMatchObject({
      message: expect.stringMatching(/counter\/a: replay of "added" at version 1 threw: cannot fold/) as string,
      data: { causeCode: "PERSISTENCE_REPLAY_FAILED" },
    });
    expect(bank.of("activation-failed")).toHaveLength(1);
  } finally {
    applyThrows = false;
  }
  expect(await look(bank)).toMatchObject({ sum: 1 });
});

it("persist of an event that is not listed fails that turn", async () => {
  await using bank = await over([[added(1)]]);
  const { ask } = bank.system.ref(Counter, "a");
  for (const type of ["sold", "constructor", "__proto__", "toString"]) {
    await expect(ask.addUnlisted(type)).rejects.toMatchObject({ code: "PERSISTENCE_UNKNOWN_EVENT" });
  }
  expect(await ask.add(1)).toBe(2);
});

it.each(["head", "load", "read"] as const)("a store whose %s fails for a while is asked again", async (operation) => {
  const faults: Faults = (call) => (call.operation === operation && call.n <= 2 ? { type: "throw-before" } : undefined);
  await using bank = await over([[added(1)], [added(2)], [added(3)]], { faults });
  const looked = look(bank);
  await bank.time.advance(1_000);
  expect(await looked).toMatchObject({ sum: 6 });
  expect(bank.of("recovery-retried").length).toBe(2);
});

it("a read that breaks off is taken up where it was, and nothing is folded twice", async () => {
  let reads = 0;
  await using bank = await misreading(6, function* (page) {
    for (const stored of page) {
      yield [stored];
      if (++reads <= 3) throw new Error("connection lost");
    }
  });
  const looked = look(bank);
  await bank.time.advance(2_000);
  expect(await looked).toMatchObject({ sum: 6 });
  expect(bank.metrics().snapshots.eventsReplayed).toBe(6);
});

it("a store that does not come back ends the activation with RecoveryTimeout, which may be tried again", async () => {
  let isDown = true;
  const faults: Faults = ({ operation }) => (operation === "head" && isDown ? { type: "throw-before" } : undefined);
  await using bank = await over([[added(1)]], { faults, recoverWithinMs: 2_000 });
  const call = bank.system.ref(Counter, "a").with({ timeoutMs: 60_000 });
  const looked = call.ask.look().catch((e: unknown) => e);
  await bank.time.advance(4_000);
  expect(await looked).toMatchObject({ retryable: true, data: { causeCode: "PERSISTENCE_RECOVERY_TIMEOUT" } });
  isDown = false;
  expect(await call.ask.look()).toMatchObject({ sum: 1 });
});

it("no more actors recover at once than allowed", async () => {
  const time = createVirtualTime();
  let active = 0;
  let most = 0;
  const faults: Faults = ({ operation }) => {
    if (operation !== "head") return undefined;
    most = Math.max(most, ++active);
    return {
      type: "wait",
      until: new Promise<void>((resolve) => void time.scheduler.after(10, () => resolve(void active--))),
    };
  };
  await using bank = await openBank({ actors: [Counter], faults, time, maxRecoveries: 3 });
  const all = Array.from({ length: 10 }, (_, i) => watch(bank.system.ref(Counter, `c${i}`).ask.look()));
  await time.advance(100);
  expect([most, all.filter(({ state }) => state.startsWith("done")).length]).toEqual([3, 10]);
});

it("a long history comes back in full", async () => {
  const store = memory();
  {
    await using bank = await openBank({ actors: [Counter], store });
    const { ask } = bank.system.ref(Counter, "a");
    for (let i = 0; i < 300; i++) await ask.add(1);
    await ask.addMany(2_000);
  }
  await using bank = await openBank({ actors: [Counter], store });
  expect(await look(bank)).toMatchObject({ sum: 2_300 });
});
