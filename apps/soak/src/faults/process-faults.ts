// Processes that are killed, stopped, replaced, or wrong about the time of day.
import { setTimeout as delay } from "node:timers/promises";
import type { NatsServer } from "@aether/nats/server";
import { between, type Fault, type FaultPlace, nodeOf, pick, serverOf } from "./fault.ts";

export const processFaults: readonly Fault[] = [
  { kind: "kill-node", weight: 4, strike: killNode },
  { kind: "kill-client", weight: 2, strike: killClient },
  { kind: "kill-subscriber", weight: 2, strike: killSubscriber },
  { kind: "kill-server", weight: 2, strike: killServer },
  { kind: "kill-all", weight: 1, strike: killAll },
  { kind: "pause-node", weight: 3, strike: pauseNode },
  { kind: "pause-server", weight: 2, strike: pauseServer },
  { kind: "rolling-restart", weight: 0.5, strike: rollingRestart },
  { kind: "shift-clock", weight: 1, strike: shiftClock },
];

async function killNode(place: FaultPlace): Promise<string> {
  const node = pick(place.stage.killable(place.stage.nodes), place.chance);
  await node.child.kill();
  await delay(between(place.chance, 0, pick([500, 5_000], place.chance)));
  await place.stage.startProcess(node);
  return node.name;
}

async function killClient({ stage, chance }: FaultPlace): Promise<string> {
  const client = pick(stage.killable(stage.clients), chance);
  await client.child.kill();
  await stage.startProcess(client);
  return client.name;
}

async function killSubscriber({ stage, chance }: FaultPlace): Promise<string> {
  const { subscriber } = stage;
  if (subscriber === undefined) return "nobody";
  await subscriber.child.kill();
  await delay(between(chance, 0, 1_000));
  await stage.startProcess(subscriber);
  return subscriber.name;
}

async function killServer(place: FaultPlace): Promise<string> {
  const { name, server } = serverOf(place);
  await restartServer(server, between(place.chance, 0, 2_000));
  return name;
}

async function killAll({ stage, chance }: FaultPlace): Promise<string> {
  const all = stage.killable(stage.processes);
  await Promise.all(all.map(({ child }) => child.kill()));
  await Promise.all(stage.servers.map(({ server }) => restartServer(server, between(chance, 0, 1_000))));
  await Promise.all(all.map((staged) => stage.startProcess(staged)));
  return "all processes";
}

async function pauseNode(place: FaultPlace): Promise<string> {
  const node = nodeOf(place);
  const ms = between(place.chance, 300, pick([2_000, 9_000], place.chance)); // shorter than a lease, or longer
  node.child.pause();
  await delay(ms);
  node.child.resume();
  return `${node.name} for ${ms} ms`;
}

async function pauseServer(place: FaultPlace): Promise<string> {
  const { name, server } = serverOf(place);
  const ms = between(place.chance, 300, pick([1_000, 6_000], place.chance));
  server.kill("SIGSTOP");
  await delay(ms);
  server.kill("SIGCONT");
  return `${name} for ${ms} ms`;
}

async function rollingRestart({ stage }: FaultPlace): Promise<string> {
  for (const node of stage.killable(stage.nodes)) {
    if (await node.child.stop()) stage.witness.crash(`${node.name} did not drain in time`);
    await stage.startProcess(node);
  }
  return "all nodes";
}

async function shiftClock(place: FaultPlace): Promise<string> {
  const node = pick(place.stage.killable(place.stage.nodes), place.chance);
  node.clockShiftMs = between(place.chance, -60_000, 60_000);
  await node.child.kill();
  await place.stage.startProcess(node);
  return `${node.name} by ${node.clockShiftMs} ms from now on`;
}

export async function restartServer(server: NatsServer, afterMs: number): Promise<void> {
  server.kill("SIGKILL");
  await delay(afterMs);
  await server.restart();
}
