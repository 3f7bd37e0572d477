// docs/actors.md draws the statechart that the kernel runs on.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { lifecycleEvents, lifecycleStates, nextState } from "@aether/actor";
import { expect, it } from "vitest";

it("the drawing of the lifecycle has exactly the steps of the table", async () => {
  const page = await readFile(fileURLToPath(new URL("../actors.md", import.meta.url)), "utf8");
  const drawn = [...page.matchAll(/^ {2}(\w+) --> (\w+): (\w+)$/gm)].map(
    ([, from, to, event]) => `${from} ${event} ${to}`,
  );
  const table = lifecycleStates.flatMap((state) =>
    lifecycleEvents.flatMap((event) => {
      const next = nextState(state, event);
      return next === undefined ? [] : [`${state} ${event} ${next}`];
    }),
  );
  expect(drawn.toSorted()).toEqual(table.toSorted());
});
