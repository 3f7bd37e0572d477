// Commands on a given backend: done once, by one writer at a time, whole or not at all.
import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import type { CommitTooLarge } from "../errors.ts";
import type { Ground } from "./ground.ts";
import { Ledger } from "./ledger.ts";
import type { StoreCases } from "./store-suite.ts";

async function takesOver(ground: Ground): Promise<void> {
  await ground.play(async (former) => {
    equal(await former.ledger("a").ask.add(1), 1);
    const before = await ground.stores.events.head({ type: Ledger.type, id: "a" });
    await ground.play(async (next) => equal((await next.ledger("a").ask.look()).sum, 1));
    const after = await ground.stores.events.head({ type: Ledger.type, id: "a" });
    ok((after?.token ?? 0) > (before?.token ?? 0));
    const stored = await ground.commits("a");
    equal(
      stored.map(({ firstVersion, events }) => [firstVersion, events.length]),
      [
        [1, 1],
        [2, 0],
      ],
    );
    equal(await former.ledger("a").ask.add(10), 11);
    equal(former.metrics().conflicts, 1);
  });
  await ground.play(async (stage) => equal((await stage.ledger("a").ask.look()).sum, 11));
}

async function doesOnce(ground: Ground): Promise<void> {
  const named = { commandId: "order-1" };
  for (let round = 0; round < 3; round++) {
    await ground.play(async (stage) => {
      equal(await stage.ledger("a").with(named).ask.add(5), 5);
      equal(await stage.ledger("a").with(named).ask.add(5), 5);
      equal(await stage.ledger("b").with(named).ask.add(7), 7);
      for (let n = 0; n < 10; n++) await stage.ledger("a").ask.add(0);
      equal((await stage.ledger("a").ask.look()).sum, 5);
    });
  }
}

async function doesOnceOverConflicts(ground: Ground): Promise<void> {
  const named = { commandId: "order-1" };
  await ground.play(async (former) => {
    equal(await former.ledger("a").ask.add(1), 1);
    await ground.play(async (next) => {
      equal(await next.ledger("a").ask.add(10), 11);
      equal(await former.ledger("a").with(named).ask.add(100), 111);
      equal(await next.ledger("a").with(named).ask.add(100), 111);
      equal((await next.ledger("a").ask.look()).sum, 111);
    });
  });
}

async function refusesReusedIds(ground: Ground): Promise<void> {
  const named = { commandId: "order-1" };
  const reused = { code: "PERSISTENCE_COMMAND_ID_REUSED" };
  await ground.play(async (stage) => {
    await stage.ledger("a").with(named).ask.add(5);
    await rejects(stage.ledger("a").with(named).ask.add(6), reused);
  });
  await ground.play(async (stage) => {
    await rejects(stage.ledger("a").with(named).ask.add(6), reused);
    equal((await stage.ledger("a").ask.look()).sum, 5);
  });
}

async function settlesUnknowns(ground: Ground): Promise<void> {
  for (const type of ["throw-before", "throw-after"] as const) {
    await ground.play(
      async (stage) => {
        const answers = await Promise.all([1, 10, 100].map((n) => stage.ledger(type).ask.add(n)));
        equal(answers, [1, 11, 111]);
        equal(stage.metrics().conflicts, 0);
      },
      ({ operation, n }) => (operation === "append" && n <= 2 ? { type } : undefined),
    );
    const events = (await ground.commits(type)).flatMap((commit) => commit.events);
    equal(
      events.map(({ event }) => event.n),
      [1, 10, 100],
    );
  }
}

async function storesTurnsWhole(ground: Ground): Promise<void> {
  const numbers = Array.from({ length: 100 }, (_, i) => i);
  await ground.play(async (stage) => {
    await Promise.all([stage.ledger("a").ask.addAll(numbers), stage.ledger("a").ask.addAll(numbers)]);
  });
  for (const { events } of await ground.commits("a")) equal(events.length % numbers.length, 0);
  await ground.play(async (stage) => equal((await stage.ledger("a").ask.look()).sum, 9_900));
}

async function refusesTooLarge(ground: Ground): Promise<void> {
  const { maxCommitBytes } = ground.stores.events.limits;
  await ground.play(async (stage) => {
    const large = stage.ledger("a").ask.annotate(1, maxCommitBytes);
    const others = Promise.all([stage.ledger("a").ask.add(10), stage.ledger("b").ask.add(100)]);
    const [refused, answers] = await Promise.allSettled([large, others]);
    equal(answers, { status: "fulfilled", value: [10, 100] });
    ok(refused.status === "rejected");
    const { code, data, message } = refused.reason as CommitTooLarge;
    const { bytes, maxBytes } = data as { bytes: number; maxBytes: number };
    equal(code, "PERSISTENCE_COMMIT_TOO_LARGE");
    ok(bytes > maxCommitBytes && maxBytes <= maxCommitBytes, message);
    ok(message.includes(String(bytes)) && message.includes(String(maxBytes)), message);
  });
  await ground.play(async (stage) => {
    equal((await stage.ledger("a").ask.look()).sum, 10);
    equal((await stage.ledger("b").ask.look()).sum, 100);
  });
}

export const commandCases: StoreCases = {
  "moves the fence and no version when another system takes over": ["E28", takesOver],
  "does a command once, however often and by whom it is sent": ["E29 E31 E32", doesOnce],
  "does a command once that met a conflict": ["E33", doesOnceOverConflicts],
  "refuses a command id that comes with other arguments": ["E30", refusesReusedIds],
  "stores once what the store did not answer for": ["E34", settlesUnknowns],
  "stores the events of a command together": ["E35", storesTurnsWhole],
  "refuses a command over the store's limit, and nothing of it is stored": ["E36", refusesTooLarge],
};
