// Killed in the middle of writing, again and again: what was acknowledged is there, whole and in order.
import { expect, it, onTestFinished } from "vitest";
import { usualMaxTailKeys } from "../src/embedded/tail.ts";
import { emptyPlace, history, shortTailKeys, startChild } from "./embedded-places.ts";

const rounds = 5;
const acknowledgedPerRound = 400;

const tails = [usualMaxTailKeys, shortTailKeys];
const name = "has everything that it acknowledged after kill -9, and whole commits only, with a tail of %i";

it.each(tails)(name, { timeout: 120_000 }, async (maxTailKeys) => {
  const place = await emptyPlace(maxTailKeys);
  onTestFinished(place.dispose);
  const acknowledged = new Map<string, number>();
  for (let round = 1; round <= rounds; round++) {
    await using child = startChild("write", place.directory, maxTailKeys);
    await child.printed(1 + acknowledgedPerRound);
    await child.kill();
    for (const line of child.lines.slice(1)) {
      const [id, token] = line.split(" ") as [string, string];
      acknowledged.set(id, Math.max(acknowledged.get(id) ?? 0, Number(token)));
    }
    const { events } = await place.connect();
    for (const [id, token] of acknowledged) {
      const texts = await history(events, { type: "account", id });
      expect(texts.length).toBeGreaterThanOrEqual(token);
      for (const [i, text] of texts.entries()) expect(text).toBe(`${id} ${i + 1} ${"x".repeat(i % 500)}`);
    }
    await place.closeAll();
  }
  expect(acknowledged.size).toBe(16);
});
