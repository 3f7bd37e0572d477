import { AssertionError } from "node:assert";
import { EventSourcedActor, type Events } from "@aether/persistence";
import { given, past, stub } from "@aether/testing";
import { describe, expect, it } from "vitest";
import { Account, Greeter, Mailer, Order } from "./account.ts";

const deposited = { type: "deposited", amount: 50 } as const;

/** The message of the failure that the promise must end with. */
async function failureOf(promise: Promise<void>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AssertionError);
  return (error as Error).message;
}

describe("given, when, expect", () => {
  it("holds events, state and reply against what came", async () => {
    await given(Account, [deposited])
      .when((account) => account.withdraw(20))
      .expect({ events: [{ type: "withdrawn", amount: 20 }], state: { balance: 30 }, reply: 30 });
  });

  it.each([
    [{ events: [] }, "the stored events are others"],
    [{ state: { balance: 31 } }, "the state is another"],
    [{ reply: 31 }, "the reply is another"],
    [{ rejection: "insufficient-funds" }, 'the command should be rejected ("insufficient-funds"), but it replied 30'],
    [{ error: "ACTOR_FAILED" }, "the command should fail with ACTOR_FAILED, but it replied 30"],
  ] as const)("fails for %j with what is wrong", async (expectation, message) => {
    const scenario = given(Account, [deposited]).when((account) => account.withdraw(20));
    expect(await failureOf(scenario.expect(expectation as never))).toContain(message);
  });

  it("knows refusals, by code and by data", async () => {
    const scenario = given(Account, [deposited]).when((account) => account.withdraw(70));
    await scenario.expect({ rejection: "insufficient-funds", events: [] });
    await scenario.expect({ rejection: { code: "insufficient-funds", data: { balance: 50 } }, state: { balance: 50 } });
    expect(await failureOf(scenario.expect({}))).toContain("it was rejected: insufficient-funds");
    expect(await failureOf(scenario.expect({ rejection: "no" }))).toContain("the rejection is another");
  });

  it("knows failures, whose events are undone", async () => {
    const scenario = given(Account, [deposited]).when((account) => account.fail());
    await scenario.expect({ error: "ACTOR_FAILED", events: [], state: { balance: 50 } });
    expect(await failureOf(scenario.expect({}))).toContain("a bug");
  });

  it("fails where a command before the last one does not reply", async () => {
    const scenario = given(Account)
      .when((account) => account.withdraw(1))
      .when((account) => account.deposit(1));
    expect(await failureOf(scenario.expect({ reply: 1 }))).toContain("a command before step 2 should reply");
  });

  it("keeps over a restart what is stored", async () => {
    await given(Account)
      .when((account) => account.deposit(5))
      .restart()
      .when((account) => account.deposit(6))
      .expect({ reply: 11, events: [5, 6].map((amount) => ({ type: "deposited", amount })) });
  });

  it("recognises a command id that comes twice, also over a restart", async () => {
    await given(Account)
      .when((_, ref) => ref.with({ commandId: "c1" }).ask.deposit(5))
      .restart()
      .when((_, ref) => ref.with({ commandId: "c1" }).ask.deposit(5))
      .expect({ reply: 5, state: { balance: 5 } });
  });

  it("takes events of older code through the upcasters", async () => {
    await given(Account, [past({ type: "deposited", cents: 700 } as never, { schema: 1 })])
      .when((account) => account.balance())
      .expect({ reply: 7 });
  });

  it("is no promise before expect", () => {
    const scenario = given(Account).when((account) => account.balance());
    expect("then" in given(Account) || "then" in scenario || "then" in scenario.restart()).toBe(false);
  });

  it("runs a scenario again from its beginning", async () => {
    const scenario = given(Account).when((account) => account.deposit(5));
    await scenario.expect({ state: { balance: 5 } });
    await scenario.expect({ state: { balance: 5 } });
  });

  it("asks volatile actors too", async () => {
    await given(Greeter)
      .when((greeter) => greeter.greet("you"))
      .expect({ reply: "hello you" });
    const scenario = given(Greeter).when((greeter) => greeter.greet("you"));
    await expect(scenario.expect({ state: undefined as never })).rejects.toThrow(
      "a volatile actor has no stored state",
    );
  });
});

describe("what else is looked at", () => {
  type Noted = { readonly type: "noted"; readonly tags: readonly string[] };
  abstract class Notes extends EventSourcedActor<Noted> {
    state: { tags: unknown[] } = { tags: [] };
    note(tag: string): void {
      this.persist({ type: "noted", tags: [tag] });
    }
  }
  const events: Events<Noted> = { noted: 1 };

  it.each([
    ["Date.now", () => Date.now()],
    ["new Date()", () => new Date().getTime()],
    ["Math.random", () => Math.random()],
    ["performance.now", () => performance.now()],
    ["process.hrtime.bigint", () => process.hrtime.bigint()],
    ["crypto.randomUUID", () => crypto.randomUUID()],
  ])("an apply that reads %s", async (name, read) => {
    class Impure extends Notes {
      static type = "impure";
      static readonly events = events;
      apply(): void {
        this.state.tags.push(typeof read() === "string");
      }
    }
    expect(
      await failureOf(
        given(Impure)
          .when((a) => a.note("x"))
          .expect({}),
      ),
    ).toContain(`it read ${name}`);
    expect(Date.now()).toBeGreaterThan(0);
    expect(new Date()).toBeInstanceOf(Date);
  });

  it("an apply that depends on something else", async () => {
    let calls = 0;
    class Counting extends Notes {
      static type = "counting";
      static readonly events = events;
      apply(): void {
        this.state.tags.push(calls++);
      }
    }
    expect(
      await failureOf(
        given(Counting)
          .when((a) => a.note("x"))
          .expect({}),
      ),
    ).toContain("two folds of the same");
  });

  it("an apply that changes its event", async () => {
    class Changing extends Notes {
      static type = "changing";
      static readonly events = events;
      apply(event: Noted): void {
        (event.tags as string[]).push("more");
      }
    }
    await expect(given(Changing, [{ type: "noted", tags: [] }]).expect({})).rejects.toThrow(/not extensible/);
  });

  it("a snapshot that loses something", async () => {
    class Forgetful extends Notes {
      static type = "forgetful";
      static readonly events = events;
      apply(event: Noted): void {
        this.state.tags.push(...event.tags);
      }
      override snapshot(): unknown {
        return { tags: this.state.tags.slice(0, 2) };
      }
    }
    const tags = ["a", "b", "c"].map((tag) => ({ type: "noted", tags: [tag] }) as const);
    await given(Forgetful, tags.slice(0, 2)).expect({ state: { tags: ["a", "b"] } });
    expect(await failureOf(given(Forgetful, tags).expect({}))).toContain("a snapshot of Forgetful at version 3");
  });

  it("a state that something other than apply changes", async () => {
    const scenario = given(Account).when((account) => account.leak());
    expect(await failureOf(scenario.expect({}))).toContain("the state of Account is not the fold of its events");
  });

  it("arguments and replies that would not survive the way to another node", async () => {
    class Dated extends Greeter {
      static override type = "dated";
      when(): unknown {
        return { at: new Map() };
      }
    }
    await given(Dated)
      .when((dated) => dated.when())
      .expect({ error: "ACTOR_FAILED" });
  });

  it("messages that nobody gets", async () => {
    const scenario = given(() => new Order(() => 5)).when((order) => order.place("tea"));
    expect(await failureOf(scenario.expect({ reply: 5 }))).toContain("messages got lost");
    expect(await failureOf(scenario.restart().expect({}))).toContain("messages got lost");
  });

  it("a timer that fails, which no caller hears of", async () => {
    class Late extends Greeter {
      static override type = "late";
      begin(): void {
        this.ctx.timers.once("late", 10, () => {
          throw new Error("a bug");
        });
      }
    }
    const scenario = given(Late).when((late) => late.begin());
    await scenario.expect({});
    expect(await failureOf(scenario.after(10).expect({}))).toContain('no caller was told: timer "late": a bug');
  });
});

describe("stubs", () => {
  const order = (): Order => new Order((what) => what.length);

  it("stand in for other actors, and remember what they got", async () => {
    const mailer = stub(Mailer, { send: () => "sent" });
    await given(order)
      .with(mailer)
      .when((a) => a.place("tea"))
      .expect({
        reply: 3,
        calls: [{ to: "mailer/shop", command: "send", args: [{ to: "me", text: "tea" }] }],
      });
    await given(order)
      .with(mailer)
      .when((a) => a.confirm())
      .expect({ reply: "sent" });
    expect(mailer.calls.length).toBe(2);
    expect(await mailer.called(2)).toHaveLength(2);
  });

  it("let time pass for timers", async () => {
    const mailer = stub(Mailer);
    const scenario = given(order)
      .with(mailer)
      .when((a) => a.remind());
    await scenario.after(59_999).expect({ calls: [] });
    await scenario
      .after(60_000)
      .expect({ calls: [{ to: "mailer/shop", command: "send", args: [{ to: "me", text: "reminder" }] }] });
  });

  it("refuse answers to what is no command", () => {
    expect(() => stub(Mailer, { deliver: () => "x" } as never)).toThrow('"deliver" is no command; there are send');
  });
});

describe("tests that are written wrongly", () => {
  it.each([
    [() => given(Account).expect({ reply: 1 } as never), "reply needs a command"],
    [() => given(Account).expect({ events: [], evnts: [] } as never), 'there is no "evnts"'],
    [() => given(Account, [{ type: "lost" } as never]).expect({}), 'has no event "lost"'],
    [() => given(Greeter, [{ type: "x" } as never]).expect({}), "Greeter is volatile"],
    [
      () =>
        given(Account)
          .when((a) => a.balance())
          .expect({ reply: 1, error: "X" }),
      "a command ends in one way",
    ],
  ])("are told so (%#)", async (run, message) => {
    await expect(run()).rejects.toThrow(message);
  });

  it("such as one object for all incarnations", () => {
    const one = new Order(() => 1);
    expect(() => given(() => one)).toThrow("the same object twice");
    expect(() => given(() => ({}) as never)).toThrow("must give a new actor");
  });
});
