// The messages of one stream of the model, where its power fails.
import { expect, it } from "vitest";
import { StreamLog } from "../src/simulation/model/stream-log.ts";

it("loses only what was stored since, also where much of what was stored before has been replaced", () => {
  const log = new StreamLog(1);
  const store = (subject: string, storedAt: number): void =>
    void log.store({ subject, headers: undefined, data: new Uint8Array(0), storedAt });
  store("a", 10);
  for (const storedAt of [20, 30, 40]) store("b", storedAt);
  expect(log.lastBy(35)).toBe(3);
  expect(log.cutBehind(log.lastBy(35)).map(({ sequence }) => sequence)).toEqual([4]);
  expect(log.lastSequence).toBe(3);
  expect(log.lastOf("b")?.storedAt).toBe(30);
  store("b", 50);
  expect([log.lastBy(49), log.lastBy(50)]).toEqual([3, 4]);
});
