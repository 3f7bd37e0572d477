// The same figures by a plain computation over the file, without actors, events or folds: what the demo is held against.
import { type AirportState, delayLimits } from "./airport.ts";
import type { Flight, Leg } from "./flights.ts";

interface Row extends Flight {
  readonly row: number;
  readonly kind: "departed" | "arrived";
  readonly other: string;
}

/** @param counts which legs of which rows to count @default all of them */
export function computeAirports(
  flights: readonly Flight[],
  counts: (row: number, leg: Leg) => boolean = () => true,
): Map<string, AirportState> {
  const byAirport = new Map<string, Row[]>();
  const add = (airport: string, row: Row): void => {
    if (!counts(row.row, row.kind === "departed" ? "departure" : "arrival")) return;
    const rows = byAirport.get(airport);
    if (rows === undefined) byAirport.set(airport, [row]);
    else rows.push(row);
  };
  flights.forEach((flight, index) => {
    add(flight.origin, { ...flight, row: index + 1, kind: "departed", other: flight.destination });
    add(flight.destination, { ...flight, row: index + 1, kind: "arrived", other: flight.origin });
  });
  return new Map([...byAirport].map(([airport, rows]) => [airport, summarize(rows)]));
}

function summarize(rows: readonly Row[]): AirportState {
  const latest = rows.toSorted((a, b) => (a.date === b.date ? a.row - b.row : a.date < b.date ? -1 : 1)).at(-1);
  return {
    departures: rows.filter(({ kind }) => kind === "departed").length,
    arrivals: rows.filter(({ kind }) => kind === "arrived").length,
    distance: rows.reduce((sum, { distance }) => sum + distance, 0),
    delays: [...delayLimits, Number.POSITIVE_INFINITY].map(
      (limit, i) =>
        rows.filter(({ delay }) => delay < limit && delay >= (delayLimits[i - 1] ?? Number.NEGATIVE_INFINITY)).length,
    ),
    last: latest === undefined ? null : { kind: latest.kind, date: latest.date, row: latest.row, other: latest.other },
  };
}

/** Which airports differ, with both figures. */
export function compareAirports(
  expected: ReadonlyMap<string, AirportState>,
  actual: ReadonlyMap<string, AirportState>,
): readonly string[] {
  const differing: string[] = [];
  for (const [airport, state] of expected) {
    const found = JSON.stringify(flat(actual.get(airport)));
    const wanted = JSON.stringify(flat(state));
    if (found !== wanted) differing.push(`${airport}: expected ${wanted}, found ${found}`);
  }
  return differing;
}

/** One order of members, whatever order they were written in. */
function flat(state: AirportState | undefined): unknown {
  if (state === undefined) return undefined;
  const { departures, arrivals, distance, delays, last } = state;
  return [departures, arrivals, distance, delays, last && [last.kind, last.date, last.row, last.other]];
}
