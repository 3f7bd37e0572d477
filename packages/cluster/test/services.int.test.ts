// Singleton, death watch and description over a real server, with nodes as processes, one of which is killed.
import { Actor } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { expect, it } from "vitest";
import { Counter, Echo } from "./harness.ts";
import { RollingCluster } from "./rolling-cluster.ts";

const patient = { timeout: 20_000 };
const heard: string[] = [];

class Watcher extends Actor {
  static type = "watcher";
  look(id: string): void {
    this.ctx.watch(this.ctx.ref(Echo, id), (why) => void heard.push(`${id} ${why}`));
  }
}

it("run on after a node was killed: the singleton elsewhere, its watchers told, the node named", async () => {
  await using all = await RollingCluster.start([], [Watcher]);
  await Promise.all(["a", "b"].map((node) => all.start(node, "quiet")));
  const { client } = all;
  const api = client.use(cluster);
  const singletons = async (): Promise<[string, string][]> => {
    const { nodes } = await api.describe({ withinMs: 5_000 });
    return nodes.flatMap(({ node, figures }) =>
      (figures?.singletons ?? []).map((one): [string, string] => [node, one]),
    );
  };
  const weights = (): number[] => api.nodes().map(({ weight }) => weight);
  await expect.poll(weights, patient).toEqual([1, 1, 1]); // by then nothing moves any more
  await expect.poll(singletons, patient).toHaveLength(1);
  const [first] = (await singletons())[0] ?? ["", ""];
  const second = first === "a" ? "b" : "a";
  const idOn = (node: string): string =>
    Array.from({ length: 100 }, (_, i) => `w${i}`).find((id) => api.ownerOf(client.ref(Echo, id)) === node) ?? "";
  const [dies, stays] = [idOn(first), idOn(second)];
  for (const id of [dies, stays]) {
    await client.ref(Echo, id).ask.say("x");
    await client.ref(Watcher, id).ask.look(id);
  }
  const watched = async (): Promise<number> => {
    const { nodes } = await api.describe();
    return nodes.reduce((sum, { figures }) => sum + (figures?.watched ?? 0), 0);
  };
  await expect.poll(watched, patient).toBe(2);
  const starts = (): Promise<number> => client.ref(Counter, "beacon").with({ timeoutMs: 20_000 }).ask.read();
  await expect.poll(starts, patient).toBeGreaterThan(0);
  const begun = await starts();
  all.kill(first);
  await expect.poll(() => heard, patient).toEqual([`${dies} node-gone`]);
  await expect.poll(singletons, patient).toEqual([[second, "beacon/only"]]);
  await expect.poll(starts, patient).toBeGreaterThan(begun);
  const { nodes, unreachable } = await api.describe();
  expect([nodes.find(({ node }) => node === first)?.state, unreachable]).toEqual(["removed", []]);
}, 120_000);
