// The member table over three servers, where two changes of one entry may be under way at once, and where the server that
// tells a node of changes may die while the node stays connected to another one.
import { memberTableSuite, type SuitePlace } from "@aether/cluster/testing";
import type { BackendScope, OpenBackend } from "@aether/cluster";
import { type ActorSystem, createSystem, systemScheduler } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { connectLink } from "@aether/nats";
import { type NatsCluster, startNatsCluster } from "@aether/nats/server";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { nats } from "../src/nats/index.ts";
import { namesOf } from "../src/nats/names.ts";

let servers: NatsCluster;
let places = 0;

beforeAll(async () => {
  servers = await startNatsCluster();
}, 60_000);
const systems: ActorSystem[] = [];
afterEach(async () => {
  for (const one of systems.splice(0)) await one.stop();
});
afterAll(() => servers.stop());

function scopeOf(systemName: string, node: string): BackendScope {
  return {
    systemName,
    node,
    problem: () => {},
    later: (task) => systemScheduler.microtask(task),
    after: (ms, task) => void systemScheduler.after(ms, task),
  };
}

/** Each node at another server. */
async function place(): Promise<SuitePlace> {
  const systemName = `place${++places}`;
  const opened: OpenBackend[] = [];
  const unused = (): never => {
    throw new Error("none of these cases is cut off");
  };
  return {
    async open(node) {
      const url = servers.urls[opened.length % servers.urls.length] as string;
      const backend = await nats({ servers: url, replicas: 3 }).open(scopeOf(systemName, node));
      opened.push(backend);
      return backend;
    },
    cut: unused,
    heal: unused,
    async dispose() {
      for (const backend of opened) await backend.close();
    },
  };
}

describe("the NATS table on three servers", () => {
  const cases = memberTableSuite({ place }).filter(({ name }) => !/cut off|cannot be reached/.test(name));
  for (const { name, run } of cases) it(name, run, 30_000);
});

describe("a node on three servers", () => {
  const name = "deaf";
  const { bucketStream } = namesOf(name);
  let starts = 0;

  async function start(node: string, url: string): Promise<ActorSystem> {
    const connection = { inboxPrefix: `_INBOX_${++starts}`, ignoreClusterUpdates: true };
    const member = cluster({ servers: url, node, replicas: 3, leaseMs: 2_000, connection });
    const system = await createSystem({ name, actors: [], plugins: [member], log: false });
    systems.push(system);
    return system;
  }

  it("learns of changes when the server dies that told it of them, and it is connected to another one", async () => {
    await using link = await connectLink({ servers: servers.urls });
    const manager = await jetstreamManager(link.connection);
    await start("client", servers.urls[0] as string); // makes the bucket
    const leader = (await manager.streams.info(bucketStream)).cluster?.leader as string;
    const { url } = servers.named(leader);
    const [b] = [await start("b", url), await start("c", url)];
    /** Where the consumer lives of the node that was started last. */
    const teller = async (): Promise<string | undefined> => {
      const consumers = await manager.consumers.list(bucketStream).next();
      return consumers.find(({ config }) => config.deliver_subject?.startsWith(`_INBOX_${starts}.`))?.cluster?.leader;
    };
    let a = await start("a", url);
    while ((await teller()) === leader) {
      await a.stop();
      a = await start("a", url); // any server may be chosen
    }
    servers.named((await teller()) as string).kill();
    const began = performance.now();
    void b.stop();
    const seen = () =>
      a
        .use(cluster)
        .nodes()
        .find(({ node }) => node === "b")?.state;
    await expect.poll(seen, { timeout: 30_000, interval: 20 }).toBe("left");
    process.stdout.write(`a deaf node heard after ${Math.round(performance.now() - began)} ms\n`);
  }, 60_000);
});
