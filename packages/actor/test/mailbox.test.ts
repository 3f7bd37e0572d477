import { Actor, host } from "@aether/actor";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { Envelope } from "@aether/actor";
import { Mailbox } from "../src/mailbox.ts";
import { latch, start } from "./harness.ts";

class Recorder extends Actor {
  static type = "recorder";
  static gate = latch();
  #seen: number[] = [];
  async wait(): Promise<void> {
    await Recorder.gate.opened;
  }
  note(n: number): number[] {
    this.#seen.push(n);
    return this.#seen;
  }
  async noteLater(n: number): Promise<number[]> {
    await Promise.resolve();
    return this.note(n);
  }
}

it("handles messages in the order in which they were sent, awaits included", async () => {
  await using t = await start([Recorder]);
  const ref = t.system.ref(Recorder, "a");
  const numbers = Array.from({ length: 1_000 }, (_, i) => i);
  for (const n of numbers) {
    if (n % 3 === 0) ref.tell.noteLater(n);
    else ref.tell.note(n);
  }
  expect(await ref.ask.note(1_000)).toEqual([...numbers, 1_000]);
});

it("refuses what does not fit with MailboxFull, keeps the rest in order, and takes messages again later", async () => {
  await using t = await start([host(Recorder, { mailboxCapacity: 3 })]);
  Recorder.gate = latch();
  const ref = t.system.ref(Recorder, "a");
  const busy = ref.ask.wait();
  await t.time.settle();
  const waiting = [1, 2, 3].map((n) => ref.ask.note(n));
  await expect(ref.ask.note(4)).rejects.toMatchObject({
    code: "ACTOR_MAILBOX_FULL",
    retryable: true,
    data: { address: "recorder/a", capacity: 3 },
  });
  ref.tell.note(5);
  expect(t.events.filter((e) => e.type === "dead-letter")).toMatchObject([{ address: "recorder/a", command: "note" }]);
  Recorder.gate.open();
  await busy;
  await Promise.all(waiting);
  expect(await ref.ask.note(6)).toEqual([1, 2, 3, 6]);
});

it("keeps the mailboxes of two actors apart", async () => {
  await using t = await start([host(Recorder, { mailboxCapacity: 1 })]);
  Recorder.gate = latch();
  const busy = t.system.ref(Recorder, "a").ask.wait();
  await t.time.settle();
  expect(await t.system.ref(Recorder, "b").ask.note(1)).toEqual([1]);
  Recorder.gate.open();
  await busy;
});

it("is a queue with a lane ahead, whatever is pushed, taken and put back", () => {
  const message = (n: number): Envelope => ({ headers: { n: String(n) }, next: undefined }) as unknown as Envelope;
  const numberOf = (envelope: Envelope | undefined) => envelope && Number(envelope.headers?.["n"]);
  const operation = fc.oneof(
    fc.constant({ type: "push" as const }),
    fc.constant({ type: "shift" as const }),
    fc.constant({ type: "push inner" as const }),
    fc.record({ type: fc.constant("put back" as const), count: fc.nat(12) }),
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const mailbox = new Mailbox(1_000);
      const inner: number[] = [];
      let model: number[] = [];
      let next = 0;
      for (const step of operations) {
        if (step.type === "push") {
          mailbox.push(message(next));
          model.push(next++);
        } else if (step.type === "push inner") {
          mailbox.pushInner(message(next));
          inner.push(next++);
        } else if (step.type === "shift") {
          const expected = inner.length > 0 ? inner.shift() : model.shift();
          expect(numberOf(mailbox.shift())).toBe(expected);
        } else {
          const back = Array.from({ length: step.count }, () => next++);
          mailbox.putBack(back.map(message));
          model = [...back, ...model];
        }
        expect(mailbox.length).toBe(model.length);
        expect(mailbox.isEmpty).toBe(model.length + inner.length === 0);
      }
      expect(mailbox.drain().map(numberOf)).toEqual([...inner, ...model]);
      expect(mailbox.isEmpty).toBe(true);
    }),
  );
});

it("refuses an envelope that waits already, so that no list is ever torn", () => {
  const envelope = { command: "note", to: "recorder/a", next: undefined } as unknown as Envelope;
  const mailbox = new Mailbox(1_000);
  mailbox.push(envelope);
  expect(() => mailbox.push(envelope)).toThrow("waits twice");
  expect(() => new Mailbox(1_000).putBack([envelope])).toThrow("waits twice");
  expect(mailbox.shift()).toBe(envelope);
  mailbox.push(envelope);
});
