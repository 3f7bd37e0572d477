// A rolling restart of every node, as processes over a real server, while clients ask all the time: no ask fails.
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { Counter, Echo } from "./harness.ts";
import { RollingCluster } from "./rolling-cluster.ts";
import { Relay, type Said } from "./rolling-node.ts";

interface Load {
  readonly failed: unknown[];
  isOver: boolean;
}

const ids = Array.from({ length: 30 }, (_, i) => `r${i}`);

/** One caller that asks again as soon as it has its answer. Every deadline is the default of 5 s. */
async function caller(load: Load, ask: (id: string) => Promise<unknown>): Promise<void> {
  for (let i = 0; !load.isOver; i++) {
    try {
      await ask(ids[i % ids.length] as string);
    } catch (error) {
      load.failed.push(error);
      await pause(10);
    }
  }
}

it("fails no ask, durable, volatile or through a second actor, and loses and doubles nothing", async () => {
  const names = ["a", "b", "c"];
  await using all = await RollingCluster.start(names);
  const { client } = all;
  const load: Load = { failed: [], isOver: false };
  let counted = 0;
  const count = () => counted++;
  const callers = [
    (id: string) => client.ref(Counter, id).ask.count(1).then(count),
    (id: string) => client.ref(Relay, id).ask.relay(id, 1).then(count),
    (id: string) => client.ref(Echo, id).ask.say(id),
  ].flatMap((ask) => Array.from({ length: 10 }, () => caller(load, ask)));
  const lastWords: Said[] = [];
  for (const node of names) {
    const { said, code } = await all.terminate(node);
    expect([said, code]).toMatchObject([{ left: 0, failed: [] }, 0]);
    lastWords.push(said);
    await all.start(node);
  }
  load.isOver = true;
  await Promise.all(callers);
  expect(load.failed).toEqual([]);
  expect(all.events.filter(({ type }) => type === "node-removed")).toEqual([]);
  for (const node of names) lastWords.push((await all.terminate(node)).said); // their callers count, too
  for (const said of lastWords) if ("counted" in said) counted += said.counted;
  await all.start("d", "quiet");
  const totals = await Promise.all(ids.map((id) => client.ref(Counter, id).ask.read()));
  expect(totals.reduce((sum, total) => sum + total)).toBe(counted);
}, 120_000);
