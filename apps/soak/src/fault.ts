// The faults: each begins, lasts as long as its drawn time says, and is healed before the next one.
import { setTimeout as delay } from "node:timers/promises";
import { connectLink } from "@aether/nats";
import { placeOf } from "@aether/persistence/jetstream";
import type { NatsServer } from "@aether/nats/server";
import type { CutProxy } from "@aether/nats/testing";
import type { Stage, StagedNode } from "./stage.ts";
import type { Chance } from "./workload.ts";

export interface FaultPlace {
  readonly stage: Stage;
  readonly chance: Chance;
}

/** @returns what it hit, for people */
export type Fault = (place: FaultPlace) => Promise<string>;

const pick = <T>(all: readonly T[], chance: Chance): T => all[Math.floor(chance() * all.length)] as T;
const between = (chance: Chance, from: number, to: number): number => Math.round(from + chance() * (to - from));
const nodeOf = ({ stage, chance }: FaultPlace): StagedNode => pick(stage.nodes, chance);

async function killNode(place: FaultPlace): Promise<string> {
  const node = nodeOf(place);
  await node.child.kill();
  await delay(between(place.chance, 0, 5_000));
  await place.stage.startNode(node);
  return node.name;
}

async function killClient({ stage, chance }: FaultPlace): Promise<string> {
  const client = pick(stage.clients, chance);
  await client.child.kill();
  await stage.startClient(client);
  return client.name;
}

async function killServer({ stage, chance }: FaultPlace): Promise<string> {
  const server = pick(stage.servers, chance);
  await restartServer(server, between(chance, 0, 2_000));
  return server.url;
}

async function killAll({ stage, chance }: FaultPlace): Promise<string> {
  await Promise.all(stage.nodes.map(({ child }) => child.kill()));
  await Promise.all(stage.servers.map((server) => restartServer(server, between(chance, 0, 1_000))));
  await Promise.all(stage.nodes.map((node) => stage.startNode(node)));
  return "all nodes and servers";
}

async function pauseNode(place: FaultPlace): Promise<string> {
  const node = nodeOf(place);
  const ms = between(place.chance, 1_000, 9_000);
  node.child.pause();
  await delay(ms);
  node.child.resume();
  return `${node.name} for ${ms} ms`;
}

async function pauseServer({ stage, chance }: FaultPlace): Promise<string> {
  const server = pick(stage.servers, chance);
  const ms = between(chance, 500, 4_000);
  server.kill("SIGSTOP");
  await delay(ms);
  server.kill("SIGCONT");
  return `${server.url} for ${ms} ms`;
}

async function cutConnection(place: FaultPlace): Promise<string> {
  const node = nodeOf(place);
  for (const proxy of node.proxies) proxy.cut();
  return node.name;
}

/** What is cut stored, and its writer never hears of it. */
async function cutAfterStore(place: FaultPlace): Promise<string> {
  const node = nodeOf(place);
  await Promise.race([...node.proxies.map((proxy) => proxy.cutBeforeAck()), delay(3_000)]);
  return node.name;
}

/** A commit that arrives when its writer has given it up. */
async function delayCommit(place: FaultPlace): Promise<string> {
  const node = nodeOf(place);
  const isCommit = (subject: string): boolean => subject.startsWith("aether.soak.ev.");
  const caught = node.proxies.map((proxy: CutProxy) => proxy.holdPublish(isCommit));
  const held = await Promise.race([...caught, delay(3_000)]);
  if (held === undefined) return `${node.name}, nothing was sent`;
  await delay(between(place.chance, 0, 4_000));
  const answer = await Promise.race([held.release(), delay(3_000, "no answer")]);
  return `${node.name}, ${held.subject}: ${answer.slice(0, 80)}`;
}

async function partitionNode(place: FaultPlace): Promise<string> {
  const node = nodeOf(place);
  const ms = between(place.chance, 500, 8_000);
  for (const proxy of node.proxies) {
    proxy.refuse(true);
    proxy.cut();
  }
  await delay(ms);
  for (const proxy of node.proxies) proxy.refuse(false);
  return `${node.name} for ${ms} ms`;
}

async function rollingRestart({ stage }: FaultPlace): Promise<string> {
  for (const node of stage.nodes) {
    if (await node.child.stop()) stage.note(`${node.name} did not drain in time`);
    await stage.startNode(node);
  }
  return "all nodes";
}

async function shiftClock(place: FaultPlace): Promise<string> {
  const node = nodeOf(place);
  const ms = between(place.chance, -60_000, 60_000);
  await node.child.stop();
  await place.stage.startNode(node, ms);
  return `${node.name} by ${ms} ms`;
}

/** Nobody may trust a snapshot that does not match its checksum. */
async function corruptSnapshot({ stage, chance }: FaultPlace): Promise<string> {
  const link = await connectLink({ servers: [...stage.urls] });
  try {
    const wallet = `w${Math.floor(chance() * 20)}`;
    const place = placeOf("soak", "sn");
    const subject = place.subjectOf({ type: "wallet", id: wallet });
    const last = await link.getLastFromLeader(place.stream, subject);
    if (last === undefined) return `${wallet} has none`;
    const bytes = Buffer.from(last.data);
    bytes.writeUInt8(bytes.readUInt8(Math.floor(bytes.length / 2)) ^ 1, Math.floor(bytes.length / 2));
    const outcome = await link.append(subject, bytes, last.sequence);
    return `${wallet}: ${outcome.type}`;
  } finally {
    await link.close();
  }
}

async function stepDown({ stage, chance }: FaultPlace): Promise<string> {
  const link = await connectLink({ servers: [...stage.urls] });
  try {
    const { stream } = placeOf("soak", pick(["ev", "ev", "sn"] as const, chance));
    const name = chance() < 0.7 ? stream : "KV_aether_soak";
    await link.request(`$JS.API.STREAM.LEADER.STEPDOWN.${name}`, new Uint8Array());
    return name;
  } finally {
    await link.close();
  }
}

async function restartServer(server: NatsServer, afterMs: number): Promise<void> {
  server.kill("SIGKILL");
  await delay(afterMs);
  await server.restart();
}

/** By name, with how often each is drawn. */
const always: Readonly<Record<string, readonly [weight: number, fault: Fault]>> = {
  "kill-node": [4, killNode],
  "kill-client": [2, killClient],
  "kill-server": [2, killServer],
  "kill-all": [1, killAll],
  "pause-node": [3, pauseNode],
  "pause-server": [1, pauseServer],
  "cut-connection": [3, cutConnection],
  "cut-after-store": [4, cutAfterStore],
  "delay-commit": [4, delayCommit],
  "partition-node": [3, partitionNode],
  "rolling-restart": [1, rollingRestart],
  "shift-clock": [1, shiftClock],
  "corrupt-snapshot": [2, corruptSnapshot],
};
const replicated: typeof always = { "leader-step-down": [4, stepDown] };

/** A fault drawn from chance. */
export function drawFault(place: FaultPlace): readonly [kind: string, fault: Fault] {
  const kinds = Object.entries(place.stage.servers.length > 1 ? { ...always, ...replicated } : always);
  const total = kinds.reduce((sum, [, [weight]]) => sum + weight, 0);
  let at = place.chance() * total;
  for (const [kind, [weight, fault]] of kinds) {
    at -= weight;
    if (at < 0) return [kind, fault];
  }
  return ["kill-node", killNode];
}
