// What each answer of the server to an append proves. The link is a fake: the real answers are in the tests of a server.
import { type AppendOutcome as LinkOutcome, type Link, NoResponders, OutcomeUnknown } from "@aether/nats";
import { expect, it } from "vitest";
import { appendFenced } from "../src/jetstream/fenced-append.ts";
import { bytes } from "./jetstream-places.ts";

const append = { stream: "EV", subject: "ev.a", after: 5, bytes: bytes("ours"), maxBytes: 100 };

/** A server that answers the append so, and whose leader shows this message right after the expected one. */
function answering(outcome: LinkOutcome | Error, next?: string): Link {
  return {
    append: async () => {
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    getNextFromLeader: async (_stream: string, _subject: string, from: number) => {
      expect(from).toBe(6);
      return next === undefined ? undefined : { subject: "ev.a", sequence: 9, timeMs: 0, data: bytes(next) };
    },
  } as unknown as Link;
}

it("is committed by an acknowledgement", async () => {
  expect(await appendFenced(answering({ type: "stored", sequence: 8 }), append)).toEqual({
    type: "committed",
    token: 8,
  });
});

it.each([
  [10047, "insufficient storage resources available"],
  [10023, "insufficient resources"],
  [10077, "maximum bytes exceeded"],
])("is rejected, with code and reason, by %i %s", async (code, description) => {
  const outcome = await appendFenced(answering({ type: "refused", code, description }), append);
  expect(outcome).toEqual({ type: "rejected", reason: `${description} (${code})` });
});

it("is decided by who stands there also when this try was refused: an earlier one may", async () => {
  const refused = { type: "refused", code: 0, description: "the server does not allow it" } as const;
  expect(await appendFenced(answering(refused, "ours"), append)).toEqual({ type: "committed", token: 9 });
  expect(await appendFenced(answering(refused, "theirs"), append)).toEqual({ type: "conflict" });
});

it("is decided by who stands right after the expected commit when the sequence is wrong", async () => {
  const wrong = { type: "wrong-sequence", actual: 12 } as const;
  expect(await appendFenced(answering(wrong, "ours"), append)).toEqual({ type: "committed", token: 9 });
  expect(await appendFenced(answering(wrong, "theirs"), append)).toEqual({ type: "conflict" });
});

it("is a conflict when the history ends before the expected commit", async () => {
  expect(await appendFenced(answering({ type: "wrong-sequence", actual: 3 }), append)).toEqual({ type: "conflict" });
});

it.each([{ type: "wrong-sequence", actual: 12 } as const, { type: "wrong-sequence" } as const])(
  "is unknown when the sequence is wrong and the leader shows nothing: %j",
  async (outcome) => {
    await expect(appendFenced(answering(outcome), append)).rejects.toThrow("shows none");
  },
);

it.each([
  new OutcomeUnknown('JetStream answered 10164 "wrong last sequence"'),
  new OutcomeUnknown('JetStream answered 10158 "duplicate message id is in process"'),
  new OutcomeUnknown("no answer within 2000 ms"),
  new OutcomeUnknown("no stream takes this subject now", { cause: new NoResponders("nobody listens") }),
])("is unknown, whatever the leader shows, when the answer proves nothing: %s", async (error) => {
  // A look would find ours only if it is stored already; the same append again finds it at any time.
  await expect(appendFenced(answering(error, "theirs"), append)).rejects.toBe(error);
});
