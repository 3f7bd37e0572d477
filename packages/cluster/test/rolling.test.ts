// A rolling restart in virtual time: what callers see of it is the protocol's own latency, whatever the machine does.
import { expect, it } from "vitest";
import { Counter, Echo, TestCluster } from "./harness.ts";
import { onTheWay } from "./on-the-way.ts";

it("costs no caller more than a few round trips: nobody waits for a lease, a look or a deadline", async () => {
  await using all = new TestCluster();
  const backend = onTheWay(all.backend, (_frame, deliver) => void all.time.scheduler.after(1, deliver));
  const options = { backend, joinSteps: 2, joinStepMs: 200 };
  for (const node of ["a", "b", "c"]) await all.start(node, options);
  const client = await all.start("client", { actors: [], backend });
  await all.time.advance(1_000);
  const tookMs: number[] = [];
  const load = { isOver: false };
  const caller = async (ask: () => Promise<unknown>): Promise<void> => {
    while (!load.isOver) {
      const began = all.time.clock.now();
      await ask();
      tookMs.push(all.time.clock.now() - began);
      await new Promise<void>((resolve) => void all.time.scheduler.after(5, resolve));
    }
  };
  const callers = Array.from({ length: 10 }, (_, i) => [
    caller(() => client.ref(Echo, `e${i}`).ask.say(i)),
    caller(() => client.ref(Counter, `c${i}`).ask.count(1)),
  ]).flat();
  for (const node of ["a", "b", "c"]) {
    await all.within((all.systems.get(node) as typeof client).stop());
    await all.start(node, options);
    await all.time.advance(500);
  }
  load.isOver = true;
  await all.within(Promise.all(callers));
  expect(tookMs.length).toBeGreaterThan(1_000);
  expect(Math.max(...tookMs)).toBeLessThan(50);
});
