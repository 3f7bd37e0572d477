// What is lost with a connection whose loss only one side notices.
import type { ClusterBackend } from "@aether/cluster";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Counter, Echo, TestCluster, waits, watch } from "./harness.ts";
import { slowTable } from "./slow-table.ts";

let all: TestCluster;
beforeEach(() => {
  all = new TestCluster();
});
afterEach(() => all[Symbol.asyncDispose]());

/** While `loses` holds, a node of this backend gets no frames, and their senders do not learn of it. */
function lossy(backend: ClusterBackend): ClusterBackend & { loses: boolean } {
  const own = {
    ...backend,
    loses: false,
    async open(place: Parameters<ClusterBackend["open"]>[0]) {
      const opened = await backend.open(place);
      const { transport } = opened;
      const listen = transport.listen.bind(transport);
      transport.listen = (self, receive) => listen(self, (frame) => !own.loses && receive(frame));
      return opened;
    },
  };
  return own;
}

it("answers an ask that was lost with the connection of a node that had never heard of the caller", async () => {
  const backend = lossy(all.backend);
  await all.start("a", { backend });
  const client = await all.start("client", { actors: [] });
  await all.time.settle();
  backend.loses = true;
  const durable = watch(client.ref(Counter, "1").ask.count(5));
  const volatile = watch(client.ref(Echo, "1").ask.say("once"));
  await all.time.advance(300);
  expect([durable.state, volatile.state]).toEqual(["waiting", "waiting"]);
  backend.loses = false;
  await all.time.advance(300);
  expect([durable.state, volatile.state]).toEqual(["done 5", 'done "once"']);
});

it("says that an answer is lost with the place of the caller's node, long before its time is up", async () => {
  await all.start("a");
  const client = await all.start("client", { actors: [] });
  await all.time.settle();
  waits.set("never", new Promise<never>(() => {}));
  const asked = watch(client.ref(Echo, "1").with({ timeoutMs: 60_000 }).ask.waitFor("never"));
  await all.time.advance(0);
  all.backend.cut("client");
  await all.time.advance(200); // two looks from "a", and it is said to be gone
  expect(asked.state).toBe("waiting");
  all.backend.heal("client");
  await all.time.advance(400);
  expect(all.happened("client", "node-lost-place")).toHaveLength(1);
  expect(asked.state).toBe("failed CLUSTER_ANSWER_LOST");
});

it("writes nothing under a new address of which nobody knows whether it came under the old one", async () => {
  const slow = slowTable(all.backend);
  const backend = lossy(slow.backend);
  const a = await all.start("a");
  const client = await all.start("client", { actors: [], backend });
  await all.time.settle();
  backend.loses = true; // what "a" acknowledges
  client.ref(Echo, "1").tell.say("once");
  await all.time.advance(0);
  all.backend.cut("client");
  await all.time.advance(200);
  const catchUp = slow.lag("client"); // it has joined again, and does not see it yet
  backend.loses = false;
  all.backend.heal("client");
  await all.time.advance(400);
  catchUp();
  await all.time.advance(400);
  expect(all.happened("client", "node-joined")).toHaveLength(1); // again
  expect(await all.within(a.ref(Echo, "1").ask.heard())).toEqual(["once"]);
});

const steps = fc.record({
  /** Whose incoming frames are lost, without anybody noticing. */
  loses: fc.constantFrom("", "a", "b", "ab"),
  isCut: fc.boolean(),
  tells: fc.nat(6),
  ms: fc.constantFrom(0, 1, 60, 150),
});

it("brings each tell once and in order, whatever is lost on the way and however often", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 20 }), async (all20) => {
      await using own = new TestCluster();
      const [a, b] = [lossy(own.backend), lossy(own.backend)];
      await own.start("a", { backend: a });
      const client = await own.start("b", { actors: [], backend: b });
      await own.time.settle();
      const echo = client.ref(Echo, "1");
      let told = 0;
      for (const { loses, isCut, tells, ms } of all20) {
        a.loses = loses.includes("a");
        b.loses = loses.includes("b");
        if (isCut) own.backend.cut("b");
        for (let i = 0; i < tells; i++) echo.tell.say(told++);
        await own.time.advance(isCut ? Math.min(ms, 30) : ms); // for longer, and it would be said to be gone
        if (!isCut) continue;
        own.backend.heal("b");
        await own.time.advance(60); // its second look is answered before the next cut
      }
      a.loses = b.loses = false;
      const heard = watch(echo.ask.heard());
      await own.time.advance(1_000);
      expect(heard.state).toBe(`done ${JSON.stringify(Array.from({ length: told }, (_, i) => i))}`);
    }),
    { numRuns: 40 },
  );
}, 30_000);
