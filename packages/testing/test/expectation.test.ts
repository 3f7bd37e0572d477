// What a test may expect, and how it is told that something else came.
import { AssertionError } from "node:assert";
import { faultPlan, given, past, probe, stub } from "@aether/testing";
import { expect, it } from "vitest";
import { Account, Mailer } from "./account.ts";

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

it("has nothing that an await would take for a promise", () => {
  const scenario = given(Account);
  const all = [scenario.with(), scenario.after(1), scenario.faults(), stub(Mailer), probe(Mailer), past(deposited)];
  for (const one of [...all, faultPlan()]) expect("then" in one).toBe(false);
});

it("shows in lines what differs, with what came and what was expected", async () => {
  const scenario = given(Account, [deposited]).when((account) => account.withdraw(20));
  expect(await failureOf(scenario.expect({ reply: 31 }))).toBe("the reply is another\n+ came - expected\n+ 30\n- 31");
  const message = await failureOf(scenario.expect({ events: [{ type: "withdrawn", amount: 21 }] }));
  expect(message.split("\n")).toEqual([
    "the stored events are others",
    "+ came - expected",
    "  [",
    "    {",
    "+     amount: 20,",
    "-     amount: 21,",
    "      type: 'withdrawn'",
    "    }",
    "  ]",
  ]);
  expect(await failureOf(scenario.expect({ state: { balance: 31 } }))).toContain("+   balance: 30\n-   balance: 31");
});

it("takes no field that there is not, when it is compiled and when it runs", async () => {
  const scenario = given(Account, [deposited]).when((account) => account.withdraw(20));
  // @ts-expect-error -- misspelled
  await expect(scenario.expect({ repyl: 30 })).rejects.toThrow('there is no "repyl"');
  // @ts-expect-error -- a number is replied
  const wrongReply = (): unknown => scenario.expect({ reply: "30" });
  // @ts-expect-error -- misspelled in the state
  const wrongState = (): unknown => scenario.expect({ state: { blance: 30 } });
  // @ts-expect-error -- misspelled in an event
  const wrongEvent = (): unknown => scenario.expect({ events: [{ type: "withdrawn", amont: 20 }] });
  // @ts-expect-error -- misspelled in a rejection
  const wrongRejection = (): unknown => scenario.expect({ rejection: { cod: "x" } });
  // @ts-expect-error -- no option
  expect(() => given(Account, [], { idd: "x" })).toThrow('there is no option "idd"');
  // @ts-expect-error -- no such fault there
  expect(() => scenario.faults({ at: "append", fault: { type: "stale" } })).toThrow('at "append" the fault is');
  await expect(wrongState()).rejects.toThrow("the state is another");
  await expect(wrongEvent()).rejects.toThrow("the stored events are others");
  await expect(wrongReply()).rejects.toThrow("the reply is another");
  await expect(wrongRejection()).rejects.toThrow('rejection has no "cod"');
});
