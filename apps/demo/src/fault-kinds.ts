// What each kind of fault does. Invariant: when one is over, all nodes and all servers are there again.
import { setTimeout as delay } from "node:timers/promises";
import type { FaultKind } from "./fault-plan.ts";
import type { Fault, FaultGround } from "./fault.ts";

const pauseMs = 10_000;
const rejoinPollMs = 20;
/** How long the cluster of servers does without the one that was killed. */
const serverAwayMs = 3_000;

/** SIGKILL, without a word to anybody; the node comes back later. */
async function kill({ fleet, say, victim: name, halfTime, handover }: FaultGround): Promise<void> {
  const taken = handover(name);
  const killed = fleet.kill(name);
  say(`kill -9 ${name}, with commands of ${taken.airports.length} of its airports outstanding`);
  const comeBack = async (): Promise<void> => {
    await killed;
    await halfTime;
    await fleet.start(name);
    say(`${name} is back`);
  };
  await Promise.all([comeBack(), taken.over(fleet)]);
}

/** Every node in turn: it lets go and ends, and is started again. */
async function rolling({ fleet, say, handover }: FaultGround): Promise<void> {
  for (const name of fleet.names) {
    const left = handover(name);
    say(`restarting ${name}, with commands of ${left.airports.length} of its airports outstanding`);
    await Promise.all([fleet.stop(name).then(() => fleet.start(name)), left.over(fleet)]);
  }
  say("every node was restarted");
}

/** SIGSTOP for longer than its lease: it is said to be gone, finds that out when it goes on, and joins again. */
async function pause({ fleet, owners, say, victim: name, handover }: FaultGround): Promise<void> {
  const taken = handover(name);
  const epoch = owners.epochOf(name);
  fleet.processes?.pause(name);
  say(
    `SIGSTOP ${name} for ${pauseMs / 1_000} s, with commands of ${taken.airports.length} of its airports outstanding`,
  );
  const goOn = async (): Promise<void> => {
    await delay(pauseMs);
    fleet.processes?.resume(name);
    say(`${name} goes on`);
    while (!owners.isUp(name) || owners.epochOf(name) === epoch) await delay(rejoinPollMs);
    say(`${name} has lost its place, and joined again`);
  };
  await Promise.all([goOn(), taken.over(fleet)]);
}

/** SIGKILL for the server that leads the stream of the events; the others elect another leader, and it comes back. */
async function killServer({ fleet, say }: FaultGround): Promise<void> {
  const server = await fleet.processes?.killLeader();
  say(`kill -9 ${server?.name}, the nats-server that leads the events' stream`);
  await delay(serverAwayMs);
  await server?.restart();
  say(`${server?.name} is back, and its copy of the stream is current`);
}

export const faults: Readonly<Record<FaultKind, Fault>> = { kill, "kill-server": killServer, rolling, pause };
