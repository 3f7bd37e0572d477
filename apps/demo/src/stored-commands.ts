// What became of the commands, by the histories alone: every one of them stored once, or else lost or doubled.
import type { ActorSystem } from "@aether/actor";
import { persistence } from "@aether/persistence";
import { Airport } from "./airport.ts";
import type { Flight } from "./flights.ts";

export interface StoredCommands {
  /** Acknowledged, and in no history. */
  readonly lost: number;
  /** In the histories more often than once. */
  readonly doubled: number;
}

/** To be asked when all commands were acknowledged. */
export async function countStored(
  system: ActorSystem,
  flights: readonly Flight[],
  airports: Iterable<string>,
): Promise<StoredCommands> {
  const histories = await Promise.all([...airports].map((airport) => movementsOf(system, airport)));
  const stored = histories.flat();
  const distinct = new Set(stored);
  const wanted = flights.flatMap(({ origin, destination }, index) => [
    nameOf(index + 1, "departed", origin),
    nameOf(index + 1, "arrived", destination),
  ]);
  return { lost: wanted.filter((name) => !distinct.has(name)).length, doubled: stored.length - distinct.size };
}

async function movementsOf(system: ActorSystem, airport: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { event } of system.use(persistence).history(Airport, airport).events()) {
    names.push(nameOf(event.row, event.type, airport));
  }
  return names;
}

function nameOf(row: number, type: string, airport: string): string {
  return `${row} ${type} ${airport}`;
}
