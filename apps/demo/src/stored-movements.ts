// What a directory holds: the movements in the histories of its airports, read from the file alone. The next run leaves
// them out, whenever that is and however the last one ended: command ids are remembered for a while, histories for good.
import { persistence } from "@aether/persistence";
import { Airport, type AirportEvent } from "./airport.ts";
import type { EmbeddedAirports } from "./embedded-airports.ts";
import type { Flight, Leg } from "./flights.ts";
import { UsageError } from "./usage-error.ts";

export interface StoredMovements {
  readonly airports: readonly string[];
  readonly events: number;
  has(row: number, leg: Leg): boolean;
}

/** @throws UsageError when what is stored does not come of these flights: rows would be counted under other numbers */
export async function readStored(store: EmbeddedAirports, flights: readonly Flight[]): Promise<StoredMovements> {
  const airports = await store.stored();
  const known = new Set<string>();
  let events = 0;
  for (const code of airports) {
    for await (const { event } of store.system.use(persistence).history(Airport, code).events()) {
      if (!isOf(event, code, flights[event.row - 1])) {
        const movement = `${code} has a movement of row ${event.row} that is not in the flights file`;
        throw new UsageError(`--data holds other flights: ${movement}. Fly the same file, or use another directory.`);
      }
      known.add(nameOf(event.row, legOf(event)));
      events += 1;
    }
  }
  return { airports, events, has: (row, leg) => known.has(nameOf(row, leg)) };
}

function isOf(event: AirportEvent, code: string, flight: Flight | undefined): boolean {
  if (flight === undefined) return false;
  const { date, delay, distance, origin, destination } = flight;
  const [own, other] = event.type === "departed" ? [origin, destination] : [destination, origin];
  const isSame = event.date === date && event.delay === delay && event.distance === distance;
  return isSame && code === own && event.other === other;
}

function legOf({ type }: AirportEvent): Leg {
  return type === "departed" ? "departure" : "arrival";
}

function nameOf(row: number, leg: Leg): string {
  return `${row}-${leg}`;
}
