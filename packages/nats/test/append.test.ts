// What each answer of the server proves.
import { expect, it } from "vitest";
import { outcomeOf } from "../src/append.ts";

const answer = (value: unknown) => outcomeOf(Buffer.from(JSON.stringify(value)));
const refusal = (err_code: number, description: string) =>
  answer({ error: { code: 400, err_code, description }, stream: "EV", seq: 0 });

it("takes an acknowledgement with a sequence as stored", () => {
  expect(answer({ stream: "EV", seq: 7 })).toEqual({ type: "stored", sequence: 7 });
});

it("takes 10071 as wrong sequence, with the actual one", () => {
  expect(refusal(10071, "wrong last sequence: 12")).toEqual({ type: "wrong-sequence", actual: 12 });
});

it.each([
  [10023, "insufficient resources"],
  [10047, "insufficient storage resources available"],
  [10028, "insufficient memory resources available"],
  [10002, "resource limits exceeded for account"],
  [10054, "message size exceeds maximum allowed"],
  [10097, "header size exceeds maximum allowed of 64k"],
  [10109, "invalid operation on sealed stream"],
  [10077, "maximum messages exceeded"],
  [10077, "maximum bytes exceeded"],
])("takes %i %s as refused", (code, description) => {
  expect(refusal(code, description)).toEqual({ type: "refused", code, description });
});

it.each([
  [10164, "wrong last sequence"],
  [10158, "duplicate message id is in process"],
  [10163, "expected last sequence per subject temporarily unavailable"],
  [10167, "too many requests"],
  [10077, "store is closed"],
  [99999, "something new"],
])("takes %i %s as unknown", (code, description) => {
  expect(refusal(code, description)).toContain(String(code));
});

it.each(["", "+OK", "null", "7", "{}", '{"stream":"EV"}', '{"stream":"EV","seq":0}', '{"stream":"EV","seq":"1"}'])(
  "takes the answer %j as unknown",
  (said) => {
    expect(typeof outcomeOf(Buffer.from(said))).toBe("string");
  },
);
