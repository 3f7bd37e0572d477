// The kit under Node's own test runner: nothing of it needs another one. Started by a test.
import { rejects } from "node:assert/strict";
import { test } from "node:test";
import { given, localCluster, probe } from "@aether/testing";
import { Account, Mailer, Order } from "./account.ts";

void test("given, when, expect", async () => {
  await given(Account, [{ type: "deposited", amount: 50 }])
    .when((account) => account.withdraw(20))
    .expect({ reply: 30, state: { balance: 30 } });
});

void test("a failure is an AssertionError with both sides", async () => {
  const scenario = given(Account).when((account) => account.deposit(1));
  await rejects(scenario.expect({ reply: 2 }), { name: "AssertionError", actual: 1, expected: 2 });
});

void test("a probe", async () => {
  const mailer = probe(Mailer);
  await given(() => new Order(() => 5))
    .with(mailer)
    .when(async (order) => {
      await order.place("tea");
      await mailer.expect("send", { to: "me", text: "tea" });
    })
    .expect({});
});

void test("a local cluster", async () => {
  await using nodes = await localCluster({ nodes: 2, actors: [Account] });
  await nodes.within(nodes.ref(Account, "a").ask.deposit(1));
});

void test("fails where it should", { skip: process.env["KIT_MUST_FAIL"] === undefined }, async () => {
  await given(Account)
    .when((account) => account.deposit(1))
    .expect({ reply: 2 });
});
