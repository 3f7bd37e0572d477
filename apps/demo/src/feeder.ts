// Feeds the flights: two commands each, with ids from row and leg, so that a retry is harmless; at most 256 in flight.
import type { ActorSystem } from "@aether/actor";
import { Airport } from "./airport.ts";
import type { Flight, Leg } from "./flights.ts";

const maxInFlight = 256;
/** Long enough to outlast a restart of everything. */
const timeoutMs = 30_000;

interface Command {
  readonly row: number;
  readonly leg: Leg;
  readonly airport: string;
  readonly flight: Flight;
}

export interface FeedHooks {
  /** After each acknowledgement. @param sentAt by `performance.now()` */
  acknowledged(airport: string, feed: Feeder, sentAt: number): void;
  /** Before each command: it waits. @default none does */
  turn?(): Promise<void> | undefined;
  /** Legs that are not fed. @default none */
  isDone?(row: number, leg: Leg): boolean;
}

export class Feeder {
  readonly total: number;
  done = 0;
  /** Commands without an answer yet, by airport. */
  readonly outstanding = new Map<string, number>();
  readonly #system: ActorSystem;
  readonly #hooks: FeedHooks;
  readonly #commands: readonly Command[];
  #next = 0;

  constructor(system: ActorSystem, flights: readonly Flight[], hooks: FeedHooks) {
    this.#system = system;
    this.#hooks = hooks;
    const commands = flights.flatMap((flight, index) => [
      { row: index + 1, leg: "departure" as const, airport: flight.origin, flight },
      { row: index + 1, leg: "arrival" as const, airport: flight.destination, flight },
    ]);
    this.#commands = commands.filter(({ row, leg }) => hooks.isDone?.(row, leg) !== true);
    this.total = this.#commands.length;
  }

  /** Settles when all are acknowledged; rejects at the first command that failed. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: maxInFlight }, () => this.#lane(signal)));
  }

  async #lane(signal: AbortSignal): Promise<void> {
    for (let command = this.#commands[this.#next++]; command !== undefined; command = this.#commands[this.#next++]) {
      signal.throwIfAborted();
      const { airport } = command;
      await this.#hooks.turn?.();
      const sentAt = performance.now();
      this.#count(airport, 1);
      await this.#send(command, signal);
      this.#count(airport, -1);
      this.done += 1;
      this.#hooks.acknowledged(airport, this, sentAt);
    }
  }

  #send({ row, leg, airport, flight }: Command, signal: AbortSignal): Promise<number> {
    const { date, delay, distance, origin, destination } = flight;
    const { ask } = this.#system.ref(Airport, airport).with({ commandId: `${row}-${leg}`, timeoutMs, signal });
    const movement = { row, date, delay, distance };
    if (leg === "departure") return ask.depart({ ...movement, other: destination });
    return ask.arrive({ ...movement, other: origin });
  }

  #count(airport: string, by: number): void {
    this.outstanding.set(airport, (this.outstanding.get(airport) ?? 0) + by);
  }
}
