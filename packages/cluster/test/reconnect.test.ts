// What is lost with a connection whose loss only one side notices.
import type { ClusterBackend } from "@aether/cluster";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Counter, TestCluster, watch } from "./harness.ts";

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
  const answer = watch(client.ref(Counter, "1").ask.count(5));
  await all.time.advance(300);
  backend.loses = false;
  await all.time.advance(300);
  expect(answer.state).toBe("waiting");
  all.backend.cut("a");
  all.backend.heal("a");
  await all.time.advance(100);
  expect(answer.state).toBe("done 5");
});
