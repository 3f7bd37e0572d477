// An airport: a long-lived actor. Each flight is a departure at one and an arrival at another, and its state is the fold
// of all its movements, whatever order they came in.
import { EventSourcedActor, type Events, hybrid } from "@aether/persistence";

/** One flight as one of its two airports sees it. */
export interface Movement {
  /** The flight's row in the file. */
  readonly row: number;
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  /** The other airport. */
  readonly other: string;
}

export type AirportEvent = ({ type: "departed" } & Movement) | ({ type: "arrived" } & Movement);

export interface AirportState {
  departures: number;
  arrivals: number;
  /** Of departures and arrivals, in miles. */
  distance: number;
  /** Movements by delay; bucket i ends below `delayLimits[i]` minutes, the last one is open. */
  delays: number[];
  /** The latest by date, then by row, then the arrival (a flight may end where it began). */
  last: { kind: AirportEvent["type"]; date: string; row: number; other: string } | null;
}

export const delayLimits = [-15, 0, 15, 30, 60, 120];

export class Airport extends EventSourcedActor<AirportEvent> {
  static type = "airport";
  static readonly events: Events<AirportEvent> = { departed: 1, arrived: 1 };
  static readonly snapshots = hybrid({ minEvents: 8, maxEvents: 16 });

  state: AirportState = emptyAirport();

  apply(event: AirportEvent): void {
    fold(this.state, event);
  }

  /** @returns departures so far */
  depart(movement: Movement): number {
    return this.persist({ type: "departed", ...movement }).departures;
  }

  /** @returns arrivals so far */
  arrive(movement: Movement): number {
    return this.persist({ type: "arrived", ...movement }).arrivals;
  }

  look(): AirportState {
    return this.state;
  }
}

export function emptyAirport(): AirportState {
  return {
    departures: 0,
    arrivals: 0,
    distance: 0,
    delays: Array.from({ length: delayLimits.length + 1 }, () => 0),
    last: null,
  };
}

function fold(state: AirportState, { type, row, date, delay, distance, other }: AirportEvent): void {
  if (type === "departed") state.departures += 1;
  else state.arrivals += 1;
  state.distance += distance;
  const limit = delayLimits.findIndex((below) => delay < below);
  const bucket = limit === -1 ? delayLimits.length : limit;
  state.delays[bucket] = (state.delays[bucket] ?? 0) + 1;
  if (isLater({ type, date, row }, state.last)) state.last = { kind: type, date, row, other };
}

function isLater(
  { type, date, row }: Pick<AirportEvent, "type" | "date" | "row">,
  last: AirportState["last"],
): boolean {
  if (last === null || date > last.date) return true;
  if (date < last.date) return false;
  return row > last.row || (row === last.row && type === "arrived");
}
