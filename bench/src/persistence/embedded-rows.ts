// Commits of the memory and the embedded store.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { join } from "node:path";
import type { ActorSystem } from "@aether/actor";
import type { OpenStores, StoreBackend } from "@aether/persistence";
import { embedded } from "@aether/persistence/embedded";
import { memory } from "@aether/persistence/memory";
import { type Contender, interleave, median, tidy } from "../measure.ts";
import { inDirectory } from "./places.ts";
import { type Figure, figureOf, perSecond, type Row, type Sided } from "./row.ts";
import { SegmentFile } from "./segment-file.ts";
import { inLanes, note, openStores, openSystem, rawLogs, sampleCommit, tallies } from "./tally.ts";

const inFlight = 1_000;

/** Commands to `actors` actors, `lanes` of them in flight. */
export function commands(system: ActorSystem, actors: number, lanes: number): Contender {
  const refs = tallies(system, actors);
  const ask = (lane: number): Promise<number> => (refs[lane % actors] as (typeof refs)[0]).ask.add(note);
  return { run: (n) => perSecond(n, () => inLanes(n, lanes, ask)) };
}

/** Raw appends of the same bytes, each log with one in flight. */
export function appends(stores: OpenStores, logs: number, bytes: Uint8Array): Contender {
  const raw = rawLogs(stores.events, logs, bytes);
  return { run: (n) => perSecond(n, () => inLanes(n, logs, async (lane) => raw[lane]?.append())) };
}

async function beside(
  store: StoreBackend,
  raw: Contender,
  row: Sided & { readonly runs: number; readonly shape: readonly [actors: number, lanes: number] },
): Promise<Figure> {
  await using system = await openSystem(store);
  const ours = commands(system, ...row.shape);
  return figureOf(row, await interleave({ ours, theirs: raw }, { ours: row.n, theirs: row.n, runs: row.runs }));
}

/** A store of its own for each run: it keeps all that it is given. */
export const memoryAsk: Row = {
  name: "memory-ask",
  async measure(runs) {
    const bytes = await sampleCommit();
    const theirs = { run: async (n: number) => appends(await openStores(memory()), inFlight, bytes).run(n) };
    const ours = {
      run: async (n: number) => {
        await using system = await openSystem(memory());
        return await commands(system, 1, inFlight).run(n);
      },
    };
    const n = 200_000;
    const bounds = [{ of: "ours", is: "at least", value: 600_000, aim: 900_000 }] as const;
    const medians = await interleave({ ours, theirs }, { ours: n, theirs: n, runs });
    return [figureOf({ unit: "commands/s", n, bounds }, medians)];
  },
};

export const embeddedSequential: Row = {
  name: "embedded-sequential",
  measure: (runs) =>
    inDirectory(async (directory) => {
      const stores = await openStores(embedded({ directory: join(directory, "raw") }));
      const raw = appends(stores, 1, await sampleCommit());
      const bounds = [{ of: "ratio", is: "at least", value: 0.85, aim: 0.95 }] as const;
      const store = embedded({ directory: join(directory, "ours") });
      const figure = await beside(store, raw, { unit: "commands/s", n: 5_000, bounds, runs, shape: [1, 1] });
      await stores.close?.();
      return [figure];
    }),
};

export const embedded1kActors: Row = {
  name: "embedded-1k-actors",
  measure: (runs) =>
    inDirectory(async (directory) => {
      const file = await SegmentFile.open(join(directory, "segment"));
      const bytes = await sampleCommit();
      const raw = { run: (n: number) => perSecond(n, () => inLanes(n, inFlight, () => file.append(bytes))) };
      const bounds = [
        { of: "ratio", is: "at least", value: 0.25, aim: 0.5 },
        { of: "ours", is: "at least", value: 60_000, aim: 150_000 },
      ] as const;
      const store = embedded({ directory: join(directory, "ours") });
      const figure = await beside(store, raw, {
        unit: "commands/s",
        n: 100_000,
        bounds,
        runs,
        shape: [inFlight, inFlight],
      });
      await file.close();
      return [figure];
    }),
};

export const embeddedHot: Row = {
  name: "embedded-hot",
  measure: (runs) =>
    inDirectory(async (directory) => {
      const stores = await openStores(embedded({ directory: join(directory, "raw") }));
      const raw = appends(stores, inFlight, await sampleCommit());
      const bounds = [{ of: "ours", is: "at least", value: 150_000, aim: 300_000 }] as const;
      const store = embedded({ directory: join(directory, "ours") });
      const figure = await beside(store, raw, { unit: "commands/s", n: 200_000, bounds, runs, shape: [1, inFlight] });
      await stores.close?.();
      return [figure];
    }),
};

const resolutionMs = 1;

export const loopDelay: Row = {
  name: "loop-delay",
  measure: (runs) =>
    inDirectory(async (directory) => {
      await using system = await openSystem(embedded({ directory }));
      const load = commands(system, inFlight, inFlight);
      const n = 100_000;
      await load.run(n / 10);
      const delays: number[] = [];
      for (let i = 0; i < runs; i++) {
        await tidy();
        const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
        histogram.enable();
        await load.run(n);
        histogram.disable();
        // The histogram holds the time between two looks, of which the resolution is no delay.
        delays.push(Math.max(0, histogram.percentile(99) / 1e6 - resolutionMs));
      }
      const bounds = [{ of: "ours", is: "at most", value: 6, aim: 4 }] as const;
      return [{ labels: {}, unit: "ms", n, ours: median(delays), limit: undefined, bounds }];
    }),
};
