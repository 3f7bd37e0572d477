// The memory backend against the contracts.
import { systemScheduler } from "@aether/actor";
import { memoryCluster } from "@aether/cluster/memory";
import { memberTableSuite, type SuitePlace, transportSuite } from "@aether/cluster/testing";
import { describe, it } from "vitest";

async function place(): Promise<SuitePlace> {
  const backend = memoryCluster();
  return {
    open: (node) =>
      backend.open({
        systemName: "t",
        node,
        problem: () => undefined,
        later: (task) => systemScheduler.microtask(task),
        after: (ms, task) => void systemScheduler.after(ms, task),
      }),
    cut: async (node) => backend.cut(node),
    heal: async (node) => backend.heal(node),
  };
}

describe("the memory table", () => {
  for (const { name, run } of memberTableSuite({ place })) it(name, run);
});

describe("the memory transport", () => {
  for (const { name, run } of transportSuite({ place })) it(name, run);
});
