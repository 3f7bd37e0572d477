import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FaultPlan, planFaults } from "../src/fault-plan.ts";

const none: FaultPlan = { kills: 0, killServer: false, rolling: false, pause: false };
const plans: fc.Arbitrary<FaultPlan> = fc.record({
  kills: fc.integer({ min: 0, max: 20 }),
  killServer: fc.boolean(),
  rolling: fc.boolean(),
  pause: fc.boolean(),
});

describe("the plan of the faults", () => {
  it("is one kill at about half, at full speed, when nothing else is asked for", () => {
    const [kill, ...others] = planFaults({ ...none, kills: 1 }, 3, 7);
    expect(kill).toMatchObject({ kind: "kill", lastsMs: undefined });
    expect(Math.abs((kill?.from ?? 0) - 0.5)).toBeLessThanOrEqual(0.05);
    expect(others).toEqual([]);
  });

  it("holds all that was asked for, one after the other, inside the feed", () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 1, max: 16 }), fc.nat(), (plan, nodes, seed) => {
        const planned = planFaults(plan, nodes, seed);
        const count = (kind: string): number => planned.filter((fault) => fault.kind === kind).length;
        expect(count("kill")).toBe(plan.kills);
        expect(count("kill-server")).toBe(Number(plan.killServer));
        expect(count("rolling")).toBe(Number(plan.rolling));
        expect(count("pause")).toBe(Number(plan.pause));
        const shares = planned.flatMap(({ from, to }) => [from, to]);
        expect(shares).toEqual(shares.toSorted((a, b) => a - b));
        for (const share of shares) expect(Math.abs(share - 0.5)).toBeLessThan(0.41);
      }),
    );
  });

  it("is the same for the same seed, and another one for another", () => {
    const plan = { ...none, kills: 3 };
    expect(planFaults(plan, 3, 5)).toEqual(planFaults(plan, 3, 5));
    expect(planFaults(plan, 3, 5)).not.toEqual(planFaults(plan, 3, 6));
  });
});
