// Nodes that are killed and started again under load, round after round: a caller whose deadline is 5 s sees latency, no
// error, and nothing is lost or doubled. What is stored in the end has each version once.
import { type ActorSystem, createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { connectLink } from "@aether/nats";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { jetStream } from "@aether/persistence/jetstream";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ChildNode, startChildNode } from "./child-node.ts";
import { Counter } from "./harness.ts";
import { checkHistory } from "./history-check.ts";

const leaseMs = 1_000;
const ids = Array.from({ length: 30 }, (_, i) => `r${i}`);
let server: NatsServer;
let client: ActorSystem;
const load = { isOver: false };

beforeAll(async () => {
  server = await startNatsServer();
  const plugins = [cluster({ servers: server.url, node: "client", leaseMs })];
  client = await createSystem({ name: "t", actors: [], plugins, log: false });
});
afterAll(async () => {
  load.isOver = true;
  await client.stop();
  await server.stop();
});

function isUp(node: string): boolean {
  const nodes = client.use(cluster).nodes();
  return nodes.some((known) => known.node === node && known.state === "up");
}

interface Answers {
  readonly values: number[];
  slowestMs: number;
}

/** Counts one again and again; an error ends it. */
async function count(id: string): Promise<Answers> {
  const answers: Answers = { values: [], slowestMs: 0 };
  const counter = client.ref(Counter, id).with({ timeoutMs: 5_000 });
  while (!load.isOver) {
    const began = performance.now();
    answers.values.push(await counter.ask.count(1));
    answers.slowestMs = Math.max(answers.slowestMs, performance.now() - began);
  }
  return answers;
}

it("cost no command, and none of its callers an error", async () => {
  const children = new Map<string, ChildNode>();
  for (const node of ["a", "b"]) children.set(node, await startChildNode(server.url, node, leaseMs));
  await expect.poll(() => isUp("a") && isUp("b"), { timeout: 20_000 }).toBe(true);
  const counting = Promise.all(ids.map((id) => count(id)));
  let hasFailed = false;
  counting.catch(() => (hasFailed = true));
  for (const node of ["a", "b", "a"]) {
    children.get(node)?.signal("SIGKILL");
    await expect.poll(() => isUp(node), { timeout: 20_000, interval: 10 }).toBe(false);
    children.set(node, await startChildNode(server.url, node, leaseMs));
    await expect.poll(() => isUp(node), { timeout: 20_000 }).toBe(true);
    if (hasFailed) break;
  }
  load.isOver = true;
  const answers = await counting;
  for (const { values } of answers) expect(values).toEqual(values.map((_, i) => i + 1));
  const answered = answers.reduce((sum, { values }) => sum + values.length, 0);
  expect(answered).toBeGreaterThan(500);
  expect(Math.max(...answers.map(({ slowestMs }) => slowestMs))).toBeLessThan(5_000);
  for (const child of children.values()) expect(await child.end()).toBe(0);

  await using link = await connectLink({ servers: server.url });
  const { events, snapshots } = await jetStream({ link: () => Promise.resolve(link) }).open({
    systemName: "t",
    warn: () => {},
  });
  const writers = new Set<string>();
  for (const [i, id] of ids.entries()) {
    const { commits, sum } = await checkHistory(events, { type: "counter", id });
    expect(sum, id).toBe(answers[i]?.values.length);
    for (const { node, epoch } of commits) writers.add(`${node} ${epoch}`);
  }
  expect(writers.size).toBeGreaterThanOrEqual(3);
  await events.close();
  await snapshots.close();
}, 90_000);
