import { defineConfig } from "vitest/config";

// One project per package, all run from source through the private `@aether/source` condition: tests need no build.
const project = (root: string) => ({ extends: true as const, test: { name: root.split("/")[1] ?? root, root } });

export default defineConfig({
  ssr: { resolve: { conditions: ["@aether/source"] } },
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: [new URL("vitest.setup.ts", import.meta.url).pathname],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**"],
      reporter: ["text-summary"],
      reportsDirectory: "node_modules/.coverage",
    },
    projects: [
      "packages/actor",
      "packages/nats",
      "packages/persistence",
      "packages/cluster",
      "packages/testing",
      "apps/demo",
      "apps/soak",
      "docs",
    ].map(project),
  },
});
