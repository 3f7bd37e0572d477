// Three logical nodes in one process: a memory store, a memory network. A kill cuts the node off from both the table and
// its peers, as a crash would.
import { type ActorSystem, createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { memoryCluster } from "@aether/cluster/memory";
import { persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { Airport } from "./airport.ts";
import type { Fleet } from "./fleet.ts";
import { countStats, type NodeStats } from "./node-stats.ts";
import { withoutSnapshots } from "./without-snapshots.ts";

interface LogicalNode {
  readonly system: ActorSystem;
  readonly stats: () => NodeStats;
}

export async function startInProcessFleet(count: number): Promise<Fleet> {
  const store = memory();
  const backend = memoryCluster();
  const nodes = new Map<string, LogicalNode>();
  const ended: NodeStats[] = [];
  const start = (node: string, hosted: boolean, snapshots: boolean): Promise<ActorSystem> =>
    createSystem({
      name: "airports",
      actors: hosted ? [Airport] : [],
      plugins: [
        persistence({ store: snapshots ? store : withoutSnapshots(store) }),
        cluster({ backend, node, joinSteps: 1 }),
      ],
      log: false,
    });
  const begin = async (name: string, snapshots: boolean): Promise<void> => {
    const system = await start(name, true, snapshots);
    nodes.set(name, { system, stats: countStats(system) });
  };
  const end = async (name: string): Promise<void> => {
    const node = nodes.get(name);
    nodes.delete(name);
    if (node === undefined) return;
    await node.system.stop();
    ended.push(node.stats());
  };
  const names = Array.from({ length: count }, (_, i) => `node-${i + 1}`);
  const client = await start("feeder", false, true);
  return {
    mode: "in-process",
    names,
    client,
    start: (name) => begin(name, true),
    async startAll({ snapshots } = { snapshots: true }) {
      await Promise.all(names.map((name) => begin(name, snapshots)));
    },
    async kill(name) {
      backend.cut(name);
      await end(name);
      backend.heal(name);
    },
    stop: end,
    async stats(name) {
      const node = nodes.get(name);
      if (node === undefined) throw new Error(`${name} is not running`);
      return node.stats();
    },
    async written() {
      const all = [...ended, ...[...nodes.values()].map(({ stats }) => stats())].map((stats) => stats.persistence);
      return {
        commits: all.reduce((sum, { commits }) => sum + commits, 0),
        snapshots: all.reduce((sum, { snapshots }) => sum + snapshots.saved, 0),
      };
    },
    async close() {
      for (const name of nodes.keys()) await end(name);
      await client.stop();
    },
  };
}
