// What users and stores may do wrong, and that nobody else is lied to.
import { EventSourcedActor, type Events, type EventStore, type StoreBackend } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { expect, it } from "vitest";
import { openBank, watch } from "./bank.ts";

type E = { type: "added"; n: number };
let policy: () => boolean = () => false;
let inApply: (actor: Loose) => void = () => undefined;
let inSnapshot: (actor: Loose) => void = () => undefined;

class Loose extends EventSourcedActor<E> {
  static type = "loose";
  static readonly events: Events<E> = { added: 1 };
  static readonly snapshots = () => policy();
  state = { sum: 0 };
  apply(event: E): void {
    inApply(this);
    this.state.sum += event.n;
  }
  override snapshot(): unknown {
    inSnapshot(this);
    return this.state;
  }
  add(n: number): number {
    return this.persist({ type: "added", n }).sum;
  }
  addGoodAndBad(): string {
    try {
      this.persist({ type: "added", n: 1 }, { type: "added", n: Number.NaN });
    } catch {
      return "caught";
    }
    return "not thrown";
  }
  tellOther(): void {
    this.ctx.ref(Loose, "other").tell.add(1);
  }
  look(): number {
    return this.state.sum;
  }
}

type Heard = { type: "heard"; headers: Record<string, string>; list: number[] };
class Listener extends EventSourcedActor<Heard> {
  static type = "listener";
  static readonly events: Events<Heard> = { heard: 1 };
  state = [] as Omit<Heard, "type">[];
  apply({ headers, list }: Heard): void {
    this.state.push({ headers, list });
  }
  hear(list: number[]): void {
    this.persist({ type: "heard", headers: { ...this.ctx.message.headers }, list });
  }
  note(_word: string, _more?: string): number {
    return this.persist({ type: "heard", headers: {}, list: [] }).length;
  }
  heard(): Omit<Heard, "type">[] {
    return this.state;
  }
}

function reset(): void {
  policy = () => false;
  inApply = inSnapshot = () => undefined;
}

it("a snapshot policy that throws is reported, and the turn that it was asked about stands", async () => {
  reset();
  policy = () => {
    throw new Error("bad policy");
  };
  await using bank = await openBank({ actors: [Loose] });
  const { ask } = bank.system.ref(Loose, "l");
  expect([await ask.add(10), await ask.look()]).toEqual([10, 10]);
  expect(bank.of("snapshot-failed")).toMatchObject([{ version: 1, error: { message: "bad policy" } }]);
});

it.each([
  ["persists", (actor: Loose) => void actor.add(5)],
  ["persists and catches the refusal", (actor: Loose) => attempt(() => actor.add(5))],
  ["tells", (actor: Loose) => actor.tellOther()],
])("apply that %s is refused live, as it would be at a replay", async (_, misuse) => {
  reset();
  await using bank = await openBank({ actors: [Loose] });
  const { ask } = bank.system.ref(Loose, "l");
  inApply = misuse;
  await expect(ask.add(1)).rejects.toBeInstanceOf(Error);
  reset();
  expect([await ask.look(), await bank.system.ref(Loose, "other").ask.look()]).toEqual([0, 0]);
});

it("snapshot() that persists is a failed snapshot, and the actor goes on", async () => {
  reset();
  policy = () => true;
  inSnapshot = (actor) => void actor.add(5);
  await using bank = await openBank({ actors: [Loose] });
  const { ask } = bank.system.ref(Loose, "l");
  expect([await ask.add(1), await ask.look(), bank.of("snapshot-failed").length]).toEqual([1, 1, 1]);
});

it("half of a persist call is not kept, even if its throw is caught", async () => {
  reset();
  await using bank = await openBank({ actors: [Loose] });
  const { ask } = bank.system.ref(Loose, "l");
  await expect(ask.addGoodAndBad()).rejects.toMatchObject({ code: "ACTOR_FAILED" });
  expect([await ask.look(), await bank.stored("l", "loose")]).toEqual([0, []]);
});

it.each([
  ["nothing", undefined],
  ["a type of its own", { type: "stored" }],
  ["committed without a token", { type: "committed" }],
  ["a token that is not behind the expected one", { type: "committed", token: 0 }],
])(
  "a store that answers an append with %s is asked again, and nobody is told before it is known",
  async (_, answer) => {
    reset();
    let answers = 1;
    await using bank = await openBank({
      actors: [Loose],
      store: answering(() => (answers-- > 0 ? answer : "as it is")),
    });
    const { ask } = bank.system.ref(Loose, "l");
    const added = watch(ask.add(3));
    await bank.time.settle();
    expect(added.state).toBe("waiting");
    await bank.time.advance(100);
    expect([added.state, bank.metrics().repeatedAppends]).toEqual(["done: 3", 1]);
  },
);

it("stores that do not answer give their permits back in time: other actors recover", async () => {
  reset();
  const store = hanging("stuck");
  await using bank = await openBank({ actors: [Loose], store, maxRecoveries: 2, recoverWithinMs: 500 });
  const stuck = [1, 2].map((i) => watch(bank.system.ref(Loose, `stuck${i}`).ask.look()));
  await bank.time.settle();
  const healthy = watch(bank.system.ref(Loose, "healthy").ask.add(1));
  await bank.time.advance(600);
  expect([...stuck.map(({ state }) => state), healthy.state]).toEqual([
    "failed: ACTOR_ACTIVATION_FAILED",
    "failed: ACTOR_ACTIVATION_FAILED",
    "done: 1",
  ]);
});

function attempt(task: () => unknown): void {
  try {
    task();
  } catch {
    // the misuse under test hides its own refusal
  }
}

/** A memory store whose appends are done, but answered as the test says. */
function answering(answer: () => unknown): StoreBackend {
  return changed("answering", (events) => ({
    async append(...args) {
      const honest = await events.append(...args);
      const said = answer();
      return said === "as it is" ? honest : (said as typeof honest);
    },
  }));
}

/** A memory store that never answers for some actors. */
function hanging(prefix: string): StoreBackend {
  return changed("hanging", (events) => ({
    head: (actor) => (actor.id.startsWith(prefix) ? new Promise(() => undefined) : events.head(actor)),
  }));
}

function changed(name: string, change: (events: EventStore) => Partial<EventStore>): StoreBackend {
  const inner = memory();
  return {
    name,
    async open(scope) {
      const { events, snapshots } = await inner.open(scope);
      const plain: EventStore = {
        limits: events.limits,
        head: (actor) => events.head(actor),
        append: (...args) => events.append(...args),
        read: (...args) => events.read(...args),
        truncate: (...args) => events.truncate(...args),
        list: () => events.list(),
        close: () => events.close(),
      };
      return { snapshots, events: { ...plain, ...change(events) } };
    },
  };
}

it("headers, and arguments from outside, are the message's own: what the caller changes later is not seen", async () => {
  reset();
  await using bank = await openBank({ actors: [Loose, Listener] });
  const { ask } = bank.system.ref(Listener, "sink");
  const headers = { n: "1" };
  const list = [1];
  const call = bank.system.ref(Listener, "sink").with({ headers });
  const heard = call.ask.hear(list);
  headers.n = "2";
  list.push(2);
  await heard;
  expect(await ask.heard()).toEqual([{ headers: { n: "1" }, list: [1] }]);
  list.push(3);
});

it("a repeat that leaves out an optional argument, or gives it as undefined, is the same command", async () => {
  reset();
  await using bank = await openBank({ actors: [Listener] });
  const { ask } = bank.system.ref(Listener, "l").with({ commandId: "once" });
  expect([await ask.note("a", undefined), await ask.note("a")]).toEqual([1, 1]);
});
