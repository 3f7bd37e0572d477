// Where the airports live, as the feeder's node knows it.
import { ActorAddress } from "@aether/actor";
import { cluster, ownership } from "@aether/cluster";
import { Airport } from "./airport.ts";
import type { Fleet } from "./fleet.ts";

/** Commands without an answer yet, by airport. */
type Outstanding = ReadonlyMap<string, number>;

export class Owners {
  readonly #fleet: Fleet;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  ownerOf(airport: string): string | undefined {
    return this.#fleet.client.use({ api: ownership }).ownerOf(new ActorAddress(Airport.type, airport));
  }

  /** Tells one start of a node from the next; `undefined` for a node that was never there. */
  epochOf(name: string): number | undefined {
    return this.#known(name)?.epoch;
  }

  isUp(name: string): boolean {
    return this.#known(name)?.state === "up";
  }

  /** Whether all nodes are there and have grown into their shares: no airport is about to move. */
  get areSettled(): boolean {
    return this.#fleet.names.every((name) => this.isUp(name) && (this.#known(name)?.weight ?? 0) >= 1);
  }

  /** Airports of the node with a command outstanding; if it has none of those, all of its airports that were ever fed. */
  busyAirportsOf(name: string, outstanding: Outstanding): readonly string[] {
    const own = [...outstanding.keys()].filter((airport) => this.ownerOf(airport) === name);
    const busy = own.filter((airport) => (outstanding.get(airport) ?? 0) > 0);
    return busy.length > 0 ? busy : own;
  }

  /** Nodes with a command outstanding; if there are none, all that own an airport that was ever fed. */
  busyNodes(outstanding: Outstanding): readonly string[] {
    const airports = [...outstanding.keys()];
    const busy = airports.filter((airport) => (outstanding.get(airport) ?? 0) > 0);
    const owners = new Set((busy.length > 0 ? busy : airports).map((airport) => this.ownerOf(airport)));
    return this.#fleet.names.filter((name) => owners.has(name));
  }

  #known(name: string) {
    return this.#fleet.client
      .use(cluster)
      .nodes()
      .find(({ node }) => node === name);
  }
}
