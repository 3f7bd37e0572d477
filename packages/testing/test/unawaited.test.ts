// What a test forgot to wait for, and what nobody is told of: both fail it, by name.
import { AssertionError } from "node:assert";
import { Actor } from "@aether/actor";
import { EventSourcedActor, type Events } from "@aether/persistence";
import { given, probe, stub } from "@aether/testing";
import { describe, expect, it } from "vitest";
import { Account, Mailer, Order } from "./account.ts";

const deposited = { type: "deposited", amount: 50 } as const;

describe("a command whose answer nobody looks at", () => {
  it("fails the test when it fails, and says which one it was", async () => {
    const scenario = given(Account, [deposited]).when((account) => {
      void account.withdraw(70);
    });
    const message = "neither returned nor awaited: withdraw(70): it was rejected: insufficient-funds";
    await expect(scenario.expect({})).rejects.toThrow(message);
    await expect(scenario.expect({ rejection: "insufficient-funds" })).rejects.toThrow(message);
  });

  it("is seen through a ref with options as well", async () => {
    const scenario = given(Account).when((_, ref) => {
      void ref.with({ commandId: "c1" }).ask.withdraw(70);
    });
    await expect(scenario.expect({})).rejects.toThrow("withdraw(70): it was rejected");
  });

  it("is named where its reply was expected", async () => {
    const scenario = given(Account).when((account): unknown => void account.deposit(5));
    await expect(scenario.expect({ reply: 5 })).rejects.toThrow(
      "the reply is another (when did not return deposit(5))",
    );
    await scenario.expect({ state: { balance: 5 } });
  });

  it("may fail where the test looks at it", async () => {
    await given(Account)
      .when(async (account) => {
        const first = account.withdraw(1);
        void account.withdraw(2).catch(() => undefined);
        const all = await Promise.allSettled([first, account.withdraw(3)]);
        return all.map(({ status }) => status);
      })
      .expect({ reply: ["rejected", "rejected"], events: [] });
  });
});

describe("a tell that fails", () => {
  it("fails the test of the actor that it was for", async () => {
    const scenario = given(Account).when((_, ref) => ref.tell.fail());
    await expect(scenario.expect({})).rejects.toThrow(
      /Account failed, and no caller was told: the tell "fail" to account\/subject: .*a bug/,
    );
    await expect(scenario.restart().expect({})).rejects.toThrow('the tell "fail"');
  });

  it("fails it when the actor tells itself", async () => {
    class Selfish extends Actor {
      static type = "selfish";
      begin(): void {
        this.ctx.self(Selfish).tell.end();
      }
      end(): void {
        throw new Error("a bug");
      }
    }
    await expect(
      given(Selfish)
        .when((one) => one.begin())
        .expect({}),
    ).rejects.toThrow('the tell "end" to selfish/subject');
  });

  it("may be refused, which is an answer to nobody", async () => {
    await given(Account)
      .when((_, ref) => ref.tell.withdraw(1))
      .expect({ events: [] });
  });

  it("is not taken for one when a stub throws at an ask: its caller is told", async () => {
    class Asking extends Actor {
      static type = "asking";
      async ask(): Promise<string> {
        try {
          return await this.ctx.ref(Mailer, "m").ask.send({ to: "me", text: "x" });
        } catch {
          return "no mail";
        }
      }
    }
    const mailer = stub(Mailer, {
      send: () => {
        throw new Error("down");
      },
    });
    await given(Asking)
      .with(mailer)
      .when((asking) => asking.ask())
      .expect({ reply: "no mail" });
    const told = given(() => new Order(() => 5))
      .with(mailer)
      .when((order) => order.place("tea"));
    await expect(told.expect({})).rejects.toThrow(/messages got lost.*"send" to mailer\/shop.*down/);
  });
});

describe("an apply that uses this.ctx", () => {
  it("is told so, not that it is in a constructor", async () => {
    type Noted = { readonly type: "noted" };
    class Clocked extends EventSourcedActor<Noted> {
      static type = "clocked";
      static readonly events: Events<Noted> = { noted: 1 };
      state = { at: 0 };
      apply(): void {
        this.state.at = this.ctx.now();
      }
      note(): void {
        this.persist({ type: "noted" });
      }
    }
    const failure = await given(Clocked)
      .when((one) => one.note())
      .expect({})
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AssertionError);
    expect((failure as Error).message).toContain('Clocked.apply of event 1 ("noted") threw: it read this.ctx; put');
  });
});

describe("a wait for a stand-in", () => {
  it("ends when a stub is not called, naming what came", async () => {
    const mailer = stub(Mailer);
    const waits = given(() => new Order(() => 5))
      .with(mailer)
      .when(async (order) => {
        await order.place("tea");
        await mailer.called(1);
        await mailer.called(2, 50);
      });
    await expect(waits.expect({})).rejects.toThrow(
      'stub(Mailer): 2 calls did not come within 50 ms; came: "send" to mailer/shop with {"to":"me","text":"tea"}',
    );
    await expect(mailer.called(0)).rejects.toThrow("0 calls cannot be waited for");
  });

  it("ends when the time of its system stands still", async () => {
    const [mailer, other] = [stub(Mailer), probe(Mailer)];
    await given(Account).with(mailer).expect({});
    await given(Account).with(other).expect({});
    const still = "the time of its system stands still: wait inside when(…)";
    const waits = [mailer.called(), other.next(), other.expectNone()];
    for (const wait of await Promise.allSettled(waits)) {
      expect(wait).toMatchObject({ status: "rejected" });
      expect(String((wait as PromiseRejectedResult).reason)).toContain(still);
    }
  });
});
