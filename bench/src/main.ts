// The entry of `npm run bench`: picks the bench, runs it, and exits with its code.
import { type BenchOptions, type OptionName, readOptions } from "./options.ts";
import { UsageError } from "./usage-error.ts";

interface Bench {
  readonly usage: string;
  readonly takes: readonly (OptionName | "names")[];
  /** Gives the exit code. */
  run(options: BenchOptions): Promise<number>;
}

// Loaded when chosen: the libraries of the peers must not be in the process that measures the kernel alone.
const benches: Readonly<Record<string, Bench>> = {
  kernel: {
    usage: "kernel [--json] [--runs N] [names…]   each workload beside a hand-written limit",
    takes: ["json", "runs", "names"],
    run: async (options) => (await import("./kernel/run.ts")).runKernelBench(options),
  },
  peers: {
    usage: "peers [--json] [--runs N] [names…]    what one would pick instead, beside ours",
    takes: ["json", "runs", "names"],
    run: async (options) => (await import("./peers/run.ts")).runPeersBench(options),
  },
  persistence: {
    usage: "persistence [--json] [--runs N] [names…]  commits and recovery beside the raw stores",
    takes: ["json", "runs", "names"],
    run: async (options) => (await import("./persistence/run.ts")).runPersistenceBench(options),
  },
  cluster: {
    usage: "cluster [--json] [--runs N] [names…]  what passes between nodes, beside the raw connection",
    takes: ["json", "runs", "names"],
    run: async (options) => (await import("./cluster/run.ts")).runClusterBench(options),
  },
  soak: {
    usage: "soak [--json] [--minutes N]           ten times the load that can be handled",
    takes: ["json", "minutes"],
    run: async (options) => (await import("./soak/run.ts")).runSoak(options),
  },
};

async function main([name, ...args]: readonly string[]): Promise<number> {
  const bench = name !== undefined && Object.hasOwn(benches, name) ? benches[name] : undefined;
  try {
    if (name === undefined) throw new UsageError("Which bench?");
    if (bench === undefined) throw new UsageError(`There is no bench "${name}".`);
    if (globalThis.gc === undefined) throw new UsageError("Start it with `npm run bench`: it needs node --expose-gc.");
    return await bench.run(readOptions(args, bench.takes));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    for (const { usage } of Object.values(benches)) console.error(`  npm run bench -- ${usage}`);
    return 1;
  }
}

process.exit(await main(process.argv.slice(2)));
