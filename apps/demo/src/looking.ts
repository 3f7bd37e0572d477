// Asks airports for their states, all at once: each is recovered, where it is not in memory.
import type { ActorSystem } from "@aether/actor";
import { Airport, type AirportState } from "./airport.ts";

const lookTimeoutMs = 30_000;

export async function lookAtAll(system: ActorSystem, codes: Iterable<string>): Promise<Map<string, AirportState>> {
  const states = [...codes].map(async (code) => {
    const airport = system.ref(Airport, code).with({ timeoutMs: lookTimeoutMs });
    return [code, await airport.ask.look()] as const;
  });
  return new Map(await Promise.all(states));
}
