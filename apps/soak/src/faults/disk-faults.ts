// Disks that are full, and power that is cut.
import { setTimeout as delay } from "node:timers/promises";
import type { Stage } from "../stage.ts";
import { between, type Fault, type FaultPlace, serverOf } from "./fault.ts";
import { restartServer } from "./process-faults.ts";

const noDisk = (stage: Stage): string | undefined =>
  stage.servers.some(({ disk }) => disk === undefined) ? `no disk of its own: ${stage.machine.whyNoDisk}` : undefined;
const noCut = (stage: Stage): string | undefined =>
  noDisk(stage) ?? stage.servers.map(({ disk }) => disk?.whyNoCut).find((why) => why !== undefined);

export const diskFaults: readonly Fault[] = [
  { kind: "disk-full", weight: 1, cannot: noDisk, strike: diskFull },
  { kind: "power-cut", weight: 1, cannot: noCut, strike: powerCut },
];

/** The server gives up what it cannot store on; whoever runs it makes space and starts it again. */
async function diskFull(place: FaultPlace): Promise<string> {
  const { name, server, disk } = serverOf(place);
  const ms = between(place.chance, 500, 3_000);
  await disk?.fill();
  await delay(ms);
  await disk?.free();
  await restartServer(server, 0);
  return `${name} for ${ms} ms`;
}

/** Of all servers at one moment: only what had reached their disks is there afterwards. */
async function powerCut({ stage, chance }: FaultPlace): Promise<string> {
  for (const { server } of stage.servers) server.kill("SIGSTOP");
  await Promise.all(stage.servers.map(async ({ disk }) => disk?.copy()));
  for (const { server } of stage.servers) server.kill("SIGKILL");
  await delay(between(chance, 0, 500));
  await Promise.all(
    stage.servers.map(async ({ server, disk }) => {
      await disk?.swap();
      await server.restart();
    }),
  );
  return "all servers";
}
