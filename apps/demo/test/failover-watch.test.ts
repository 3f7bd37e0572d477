import { describe, expect, it } from "vitest";
import { FailoverWatch } from "../src/failover-watch.ts";

function watchOf(...airports: string[]) {
  let now = 1_000;
  const watch = new FailoverWatch(airports, () => now);
  const acknowledged = (afterMs: number, airport: string, byNewOwner = true): void => {
    now = 1_000 + afterMs;
    watch.acknowledged(airport, byNewOwner);
  };
  return { watch, acknowledged };
}

describe("a failover", () => {
  it("took as long as the airport that waited longest", () => {
    const { watch, acknowledged } = watchOf("A", "B");
    acknowledged(300.2, "B");
    acknowledged(100, "A");
    expect(watch).toMatchObject({ longestMs: 301, airports: 2 });
  });

  it("ends for an airport with its first acknowledgement", () => {
    const { watch, acknowledged } = watchOf("A");
    acknowledged(100, "A");
    acknowledged(900, "A");
    expect(watch).toMatchObject({ longestMs: 100, airports: 1 });
  });

  it("does not end with an answer that was on its way at the kill", () => {
    const { watch, acknowledged } = watchOf("A");
    acknowledged(1, "A", false);
    expect(watch.isWaitingFor("A")).toBe(true);
    acknowledged(200, "A");
    expect(watch).toMatchObject({ longestMs: 200, airports: 1 });
  });

  it("does not touch airports of other nodes, or without an outstanding command", () => {
    const { watch, acknowledged } = watchOf("A");
    acknowledged(500, "C");
    expect(watch).toMatchObject({ longestMs: 0, airports: 0 });
  });
});
