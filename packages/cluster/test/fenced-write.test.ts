// How a change of the bucket is settled when the server's answer proves nothing.
import { type Link, OutcomeUnknown, type StoredMessage } from "@aether/nats";
import { expect, it } from "vitest";
import { encodeRecord, writeFenced } from "../src/nats/fenced-write.ts";
import { recordOf } from "./table-double.ts";

type Append = Awaited<ReturnType<Link["append"]>> | Error;
type Shown = Pick<StoredMessage, "sequence" | "data">;

const bytes = encodeRecord(recordOf("a"));
const unknown = new OutcomeUnknown('JetStream answered 10164 "wrong last sequence"');
const ours = { sequence: 8, data: bytes };
const foreign = { sequence: 8, data: encodeRecord(recordOf("a")) }; // the same record, of another writer

/** Answers each try and each question in turn; the last answer stays. */
function start(appends: readonly Append[], shown: readonly (Shown | undefined)[] = [], isConnected = true) {
  const seen = { appends: 0, asked: [] as number[], pauses: [] as number[] };
  const inTurn = <T>(answers: readonly T[], n: number): T => answers[Math.min(n, answers.length - 1)] as T;
  const link = {
    isConnected,
    append: async (): Promise<Append> => {
      const answer = inTurn(appends, seen.appends++);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    getNextFromLeader: async (_stream: string, _subject: string, from: number): Promise<Shown | undefined> =>
      inTurn(shown, seen.asked.push(from) - 1),
  } as unknown as Link;
  const pause = async (ms: number): Promise<void> => void seen.pauses.push(ms);
  return { seen, written: writeFenced({ link, stream: "S", subject: "s", bytes, pause }, 5) };
}

it("is written when the leader shows our own message right behind the expected one", async () => {
  const { seen, written } = start([unknown], [ours]);
  expect(await written).toBe(8);
  expect(seen).toEqual({ appends: 1, asked: [6], pauses: [] });
});

it("is lost when another writer's message stands there, even of the same record", async () => {
  expect(await start([unknown], [foreign]).written).toBeUndefined();
});

it("is tried again while nothing stands there", async () => {
  const { seen, written } = start([unknown, unknown, { type: "stored", sequence: 9 }], [undefined]);
  expect(await written).toBe(9);
  expect(seen.appends).toBe(3);
});

it("finds its first try when a later one is refused because of it", async () => {
  const conflict = { type: "wrong-sequence", actual: 8 } as const;
  expect(await start([unknown, conflict], [undefined, ours]).written).toBe(8);
  expect(await start([unknown, conflict], [undefined, foreign]).written).toBeUndefined();
  await expect(start([unknown, conflict], [undefined]).written).rejects.toThrow("shows none");
});

it("asks nobody when the first try meets another sequence", async () => {
  const { seen, written } = start([{ type: "wrong-sequence" }]);
  expect(await written).toBeUndefined();
  expect(seen.asked).toEqual([]);
});

it("throws at the end when nothing is ever shown, and at once what is no matter of luck", async () => {
  const { seen, written } = start([unknown], [undefined]);
  await expect(written).rejects.toBe(unknown);
  expect(seen.appends).toBe(7);
  expect(seen.pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(1_000); // within the time that a write has
  await expect(start([unknown], [ours], false).written).rejects.toBe(unknown); // to ask would take as long again
  await expect(start([{ type: "refused", code: 0, description: "denied" }]).written).rejects.toThrow("denied");
});
