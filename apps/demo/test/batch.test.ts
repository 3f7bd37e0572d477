import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Airport, type AirportEvent, type AirportState } from "../src/airport.ts";
import { compareAirports, computeAirports } from "../src/batch.ts";
import type { Flight } from "../src/flights.ts";

const codes = fc.constantFrom("SFO", "LAX", "Zü.rich *", "__proto__");
const flights: fc.Arbitrary<Flight[]> = fc.array(
  fc.record({
    date: fc.constantFrom("2001/01/01 06:55", "2001/01/01 06:56", "2001/02/01 00:00"),
    delay: fc.oneof(
      fc.constantFrom(-15, 0, 15, 30, 60, 120, 1e300),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    ),
    distance: fc.integer({ min: -10, max: 5_000 }),
    origin: codes,
    destination: codes,
  }),
  { minLength: 1, maxLength: 30 },
);

interface Movement {
  readonly airport: string;
  readonly event: AirportEvent;
}

function movementsOf(flown: readonly Flight[]): Movement[] {
  return flown.flatMap(({ date, delay, distance, origin, destination }, index) => {
    const facts = { row: index + 1, date, delay, distance };
    return [
      { airport: origin, event: { type: "departed" as const, ...facts, other: destination } },
      { airport: destination, event: { type: "arrived" as const, ...facts, other: origin } },
    ];
  });
}

function foldAll(movements: readonly Movement[]): Map<string, AirportState> {
  const airports = new Map<string, Airport>();
  for (const { airport, event } of movements) {
    const actor = airports.get(airport) ?? new Airport();
    airports.set(airport, actor);
    actor.apply(event);
  }
  return new Map([...airports].map(([code, { state }]) => [code, state]));
}

describe("the batch computation", () => {
  it("equals the fold of all movements, in whatever order they came", () => {
    const shuffled = flights.chain((flown) => {
      const movements = movementsOf(flown);
      return fc.tuple(
        fc.constant(flown),
        fc.shuffledSubarray(movements, { minLength: movements.length, maxLength: movements.length }),
      );
    });
    fc.assert(
      fc.property(shuffled, ([flown, movements]) => {
        expect(compareAirports(computeAirports(flown), foldAll(movements))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("counts by hand the same", () => {
    const computed = computeAirports([
      { date: "2001/01/02", delay: -15, distance: 10, origin: "A", destination: "B" },
      { date: "2001/01/01", delay: 119.5, distance: 20, origin: "B", destination: "A" },
      { date: "2001/01/02", delay: 120, distance: 5, origin: "A", destination: "A" },
    ]);
    expect(Object.fromEntries(computed)).toEqual({
      A: {
        departures: 2,
        arrivals: 2,
        distance: 40,
        delays: [0, 1, 0, 0, 0, 1, 2],
        last: { kind: "arrived", date: "2001/01/02", row: 3, other: "A" },
      },
      B: {
        departures: 1,
        arrivals: 1,
        distance: 30,
        delays: [0, 1, 0, 0, 0, 1, 0],
        last: { kind: "arrived", date: "2001/01/02", row: 1, other: "A" },
      },
    });
  });
});

describe("the comparison", () => {
  const expected = computeAirports([{ date: "d", delay: 0, distance: 10, origin: "A", destination: "B" }]);

  it("names every airport that differs, with both figures", () => {
    const a = expected.get("A") as AirportState;
    const differences = compareAirports(expected, new Map([["A", { ...a, distance: 11 }]]));
    expect(differences).toHaveLength(2);
    expect(differences[0]).toMatch(/^A: expected .*10.*, found .*11/);
    expect(differences[1]).toMatch(/^B: .*found undefined$/);
  });

  it("does not mind the order of members", () => {
    const reversed = [...expected].map(([code, state]): [string, AirportState] => [
      code,
      Object.fromEntries(Object.entries(state).toReversed()) as unknown as AirportState,
    ]);
    expect(compareAirports(expected, new Map(reversed))).toEqual([]);
  });
});
