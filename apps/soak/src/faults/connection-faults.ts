// Connections that break, at the worst moments, or over which one side is not heard: by the proxies, so that every machine
// has them.
import { setTimeout as delay } from "node:timers/promises";
import type { CutProxy } from "@aether/nats/testing";
import { between, type Fault, type FaultPlace, nodeOf, pick } from "./fault.ts";

const catchWithinMs = 2_000;

export const connectionFaults: readonly Fault[] = [
  { kind: "cut-connection", weight: 3, strike: cutConnection },
  { kind: "cut-after-store", weight: 5, strike: cutAfterStore },
  { kind: "delay-commit", weight: 5, strike: delayCommit },
  { kind: "cut-off-node", weight: 2, strike: cutOffNode },
  { kind: "stall-one-way", weight: 2, strike: stallOneWay },
  { kind: "stall-both-ways", weight: 1, strike: stallBothWays },
];

async function cutConnection({ stage, chance }: FaultPlace): Promise<string> {
  const { name, proxies } = pick(stage.proxied, chance);
  for (const proxy of proxies) proxy.cut();
  return name;
}

/** What is cut is stored, and its writer never hears of it. */
async function cutAfterStore(place: FaultPlace): Promise<string> {
  const node = nodeOf(place);
  await Promise.race([...node.proxies.map((proxy) => proxy.cutBeforeAck()), delay(catchWithinMs)]);
  return node.name;
}

/** A commit that arrives when its writer has given it up. */
async function delayCommit(place: FaultPlace): Promise<string> {
  const node = nodeOf(place);
  const isCommit = (subject: string): boolean => subject.startsWith("aether.soak.ev.");
  const caught = node.proxies.map((proxy: CutProxy) => proxy.holdPublish(isCommit));
  const held = await Promise.race([...caught, delay(catchWithinMs)]);
  if (held === undefined) return `${node.name}, nothing was sent`;
  await delay(between(place.chance, 0, pick([300, 4_000], place.chance)));
  const answer = await Promise.race([held.release().catch(String), delay(catchWithinMs, "no answer")]);
  return `${node.name}, ${held.subject}: ${answer.slice(0, 80)}`;
}

/** At once, and so that it is told. */
async function cutOffNode(place: FaultPlace): Promise<string> {
  const node = nodeOf(place);
  const ms = between(place.chance, 300, pick([1_000, 8_000], place.chance));
  for (const proxy of node.proxies) {
    proxy.refuse(true);
    proxy.cut();
  }
  await delay(ms);
  for (const proxy of node.proxies) proxy.refuse(false);
  return `${node.name} for ${ms} ms`;
}

async function stallOneWay(place: FaultPlace): Promise<string> {
  const side = pick(["client", "server"] as const, place.chance);
  const hit = await stall(place, [side]);
  return `${hit}, ${side === "client" ? "what it says" : "what it hears"}`;
}

function stallBothWays(place: FaultPlace): Promise<string> {
  return stall(place, ["client", "server"]);
}

async function stall({ stage, chance }: FaultPlace, sides: readonly ("client" | "server")[]): Promise<string> {
  const { name, proxies } = pick(stage.proxied, chance);
  const ms = between(chance, 300, pick([1_500, 8_000], chance));
  const all = (on: boolean): void => {
    for (const proxy of proxies) for (const side of sides) proxy.stall(side, on);
  };
  all(true);
  await delay(ms);
  all(false);
  return `${name} for ${ms} ms`;
}
