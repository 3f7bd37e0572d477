// The process that stores: 10,000 commits a second over ten thousand actors, each with the time at which its append began.
// On standard output: "ready", then a line per run: how many were counted, and how many a second it came to.
import { jetStream } from "@aether/persistence/jetstream";
import { storeCommit } from "@aether/persistence/testing";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { busActors, busRate, busSystem } from "./bus-tick.ts";

interface Chain {
  after: number;
  version: number;
  isBusy: boolean;
}

const [servers = ""] = process.argv.slice(2);
const stores = await jetStream({ servers }).open({ systemName: busSystem, warn: () => {} });
const chains: readonly Chain[] = Array.from({ length: busActors }, () => ({ after: 0, version: 0, isBusy: false }));
const now = (): number => Number(process.hrtime.bigint());
let counted = 0;
let next = 0;

/** The next actor, if its last append is done: they take turns. */
function free(): number | undefined {
  const actor = (next + 1) % busActors;
  if (chains[actor]?.isBusy !== false) return undefined;
  next = actor;
  return actor;
}

async function append(actor: number, isCounted: boolean): Promise<void> {
  const chain = chains[actor] as Chain;
  chain.isBusy = true;
  const at = now();
  const commit = { after: chain.after, firstVersion: chain.version + 1, events: [{ type: "ticked", at, isCounted }] };
  const outcome = await storeCommit(stores.events, { type: "tick", id: `actor-${actor}` }, commit);
  if (outcome.type !== "committed") throw new Error(outcome.type);
  if (isCounted) counted++;
  Object.assign(chain, { after: outcome.token, version: chain.version + 1, isBusy: false });
}

/**
 * @param seconds of which the first one only warms up
 * @returns how many a second it came to: fewer where the server did not keep up
 */
async function run(seconds: number): Promise<number> {
  const began = now();
  const pending: Promise<void>[] = [];
  while (pending.length < seconds * busRate) {
    const elapsed = (now() - began) / 1e9;
    const due = Math.min(elapsed, seconds) * busRate;
    while (pending.length < due) {
      const actor = free();
      if (actor === undefined) break;
      pending.push(append(actor, elapsed > 1));
    }
    await delay(1);
  }
  await Promise.all(pending);
  return (pending.length * 1e9) / (now() - began);
}

process.stdout.write("ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  const rate = await run(Number(line));
  process.stdout.write(`${JSON.stringify({ counted, rate })}\n`);
  counted = 0;
}
await stores.events.close();
await stores.close?.();
