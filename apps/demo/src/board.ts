// The board in the hall: counts departures and arrivals as they are stored, by whichever node, from the event bus alone. It
// asks no airport. An event may be told twice; its id says so.
import type { ActorSystem } from "@aether/actor";
import { cluster, type EventSubscription, type StoredEvent } from "@aether/cluster";
import { Airport, type AirportEvent, type AirportState } from "./airport.ts";

export interface BoardReport {
  /** Different events that the board has seen. */
  readonly events: number;
  /** Movements of the flights that it has not seen. */
  readonly missing: number;
  /** Events that were told again. */
  readonly duplicates: number;
}

interface Counts {
  departures: number;
  arrivals: number;
}

export class Board {
  readonly #seen = new Set<string>();
  readonly #airports = new Map<string, Counts>();
  #duplicates = 0;
  #subscription: EventSubscription | undefined;

  /** Sees all that is stored from here on, and before. */
  static async open(system: ActorSystem): Promise<Board> {
    const board = new Board();
    const { eventBus } = system.use(cluster);
    const from = "start";
    board.#subscription = await eventBus.subscribeToEventStored({ actor: Airport, from }, (told) => board.#show(told));
    board.#subscription.ended.catch(() => undefined); // `close` tells it
    return board;
  }

  /** Settles once it has seen all that is stored by now. @throws what ended its subscription */
  async close(): Promise<void> {
    await Promise.all([this.#subscription?.drain(), this.#subscription?.ended]);
  }

  report(expected: ReadonlyMap<string, AirportState>): BoardReport {
    let missing = 0;
    for (const [airport, { departures, arrivals }] of expected) {
      const shown = this.#countsOf(airport);
      missing += Math.max(0, departures - shown.departures) + Math.max(0, arrivals - shown.arrivals);
    }
    return { events: this.#seen.size, missing, duplicates: this.#duplicates };
  }

  /** Airports whose line is not that of the batch computation. */
  differences(expected: ReadonlyMap<string, AirportState>): readonly string[] {
    return [...expected].flatMap(([airport, { departures, arrivals }]) => {
      const shown = this.#countsOf(airport);
      if (shown.departures === departures && shown.arrivals === arrivals) return [];
      return [`${airport}: expected ${departures} and ${arrivals}, the board shows ${JSON.stringify(shown)}`];
    });
  }

  #show({ id, actor, event }: StoredEvent<AirportEvent>): void {
    if (this.#seen.has(id)) {
      this.#duplicates += 1;
      return;
    }
    this.#seen.add(id);
    const counts = this.#countsOf(actor.id);
    if (event.type === "departed") counts.departures += 1;
    else counts.arrivals += 1;
    this.#airports.set(actor.id, counts);
  }

  #countsOf(airport: string): Counts {
    return this.#airports.get(airport) ?? { departures: 0, arrivals: 0 };
  }
}
