// What a node keeps for others that watch its actors: bounded, and nothing of a node that is gone.
import type { ActorAddress, LocalActors, TerminationReason } from "@aether/actor";
import { expect, it } from "vitest";
import type { Membership } from "../src/membership.ts";
import type { NodeHandler, NodeRequests } from "../src/node-requests.ts";
import { ClusterView } from "../src/view.ts";
import { maxWatchedPerNode, WatchedHere } from "../src/watched-here.ts";

const node = (name: string, epoch: number, state: "up" | "removed" = "up") =>
  [name, { node: name, epoch, state, weight: 1, types: [], time: 0, revision: epoch }] as const;

/** A node that owns and has all actors, seen through what it is asked and what it tells. */
function start() {
  const handlers = new Map<string, NodeHandler>();
  const told: unknown[][] = [];
  const watches = new Map<string, (why: TerminationReason) => void>();
  const view = (state: "up" | "removed" = "up") => new ClusterView(9, new Map([node("w", 1, state), node("x", 2)]));
  const watched = new WatchedHere({
    local: {
      watch: (address: ActorAddress, notify: (why: TerminationReason) => void) => {
        watches.set(address.toString(), notify);
        return () => void watches.delete(address.toString());
      },
    } as unknown as LocalActors,
    membership: { view: view(), address: { node: "me", epoch: 3 } } as unknown as Membership,
    ownership: { ownerOf: () => "me", isOwn: () => true },
    requests: {
      on: (name: string, handler: NodeHandler) => void handlers.set(name, handler),
      insist: async (_to: unknown, name: string, args: unknown[]) => void told.push([name, ...args]),
    } as unknown as NodeRequests,
  });
  const ask = (name: string, ...args: unknown[]) => handlers.get(name)?.(args);
  return { watched, ask, told, watches, view };
}

it("takes so many watches of one node, and then no more until one ends; of another node it still takes some", () => {
  const { watched, ask, watches } = start();
  for (let i = 0; i < maxWatchedPerNode; i++) ask("watch", "w", 1, i, "star", `s${i}`);
  expect([watched.size, ask("watch", "w", 1, -1, "star", "more")]).toEqual([maxWatchedPerNode, "full"]);
  expect([ask("watch", "w", 1, -1, "star", "s0"), ask("watch", "x", 2, 1, "star", "more")]).toEqual([
    "watching",
    "watching",
  ]);
  watches.get("star/s1")?.("stopped");
  expect(ask("watch", "w", 1, -1, "star", "another")).toBe("watching");
});

it("keeps nothing for a node that is gone, and takes no watch of one that it does not know", () => {
  const { watched, ask, watches, view } = start();
  ask("watch", "w", 1, 1, "star", "s");
  expect([watched.size, watches.size]).toEqual([1, 1]);
  watched.follow(view("removed"));
  expect([watched.size, watches.size]).toEqual([0, 0]);
  expect([ask("watch", "w", 7, 1, "star", "s"), ask("watch", undefined, "?", 1, "star", "s")]).toEqual([
    "elsewhere",
    "elsewhere",
  ]);
});

it("tells the number that was registered last, so that news of an earlier watch are nobody's", () => {
  const { ask, told, watches } = start();
  ask("watch", "w", 1, 1, "star", "s");
  ask("watch", "w", 1, 2, "star", "s");
  ask("unwatch", "w", 1, 1, "star", "s"); // of the first, late
  watches.get("star/s")?.("stopped");
  expect(told).toEqual([["terminated", "me", 3, 2, "star/s", "stopped"]]);
});
