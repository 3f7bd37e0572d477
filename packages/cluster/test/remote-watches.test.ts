// What a node makes of news about actors that it watches elsewhere, true or made up.
import { ActorAddress, type LocalActors } from "@aether/actor";
import { createVirtualTime } from "@aether/actor/testing";
import { expect, it } from "vitest";
import type { Membership } from "../src/membership.ts";
import type { NodeHandler, NodeRequests } from "../src/node-requests.ts";
import { RemoteWatches } from "../src/remote-watches.ts";
import { ClusterView } from "../src/view.ts";

/** A node whose watched actors all live on `o`. */
function start() {
  const time = createVirtualTime();
  const handlers = new Map<string, NodeHandler>();
  const owner = { node: "o", epoch: 1, state: "up", weight: 1, types: [], time: 0, revision: 1 } as const;
  const watches = new RemoteWatches({
    local: {} as LocalActors,
    membership: {
      view: new ClusterView(9, new Map([["o", owner]])),
      address: { node: "me", epoch: 3 },
    } as unknown as Membership,
    ownership: { ownerOf: () => "o", isOwn: () => false },
    requests: {
      on: (name: string, handler: NodeHandler) => void handlers.set(name, handler),
      ask: async () => "watching",
      insist: async () => undefined,
    } as unknown as NodeRequests,
    scheduler: time.scheduler,
    problem: () => {},
  });
  const tell = (...args: unknown[]) => handlers.get("terminated")?.(args);
  return { watches, tell, time };
}

it("takes news of nothing that it watches for nothing, whatever they name, and tells true ones once", async () => {
  const { watches, tell, time } = start();
  const told: string[] = [];
  watches.watch(new ActorAddress("star", "s"), (why) => void told.push(why));
  await time.settle();
  const madeUp = [[], [undefined, undefined, 1, "star/none"], ["o", 1, 2, "star/s", "stopped"], ["x", 1, 1, "star/s"]];
  for (const news of [...madeUp, ["o", 2, 1, "star/s", "stopped"]]) expect(() => tell(...news)).not.toThrow();
  expect([told, watches.size]).toEqual([[], 1]);
  tell("o", 1, 1, "star/s", "stopped");
  tell("o", 1, 1, "star/s", "stopped");
  expect([told, watches.size]).toEqual([["stopped"], 0]);
});
