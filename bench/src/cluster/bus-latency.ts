// Stored in one process, seen by a subscriber in another: from the server's own time of storing to the handler's call.
import { NatsEventBus } from "@aether/cluster";
import { connectLink } from "@aether/nats";
import { startNatsServer } from "@aether/nats/server";
import { placeOf } from "@aether/persistence/jetstream";
import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { median } from "../measure.ts";
import { stampsOf } from "./bus-stamps.ts";
import { busRate, busSystem, Tick } from "./bus-tick.ts";
import type { Row } from "./row.ts";

/** Of each run; the first one warms up. */
const seconds = 4;

interface Measured {
  /** From stored to seen, in milliseconds. */
  readonly latency: readonly number[];
  /** From the beginning of the append to seen. */
  readonly whole: readonly number[];
  /** Commits a second. */
  readonly rate: number;
}

interface Seen {
  readonly position: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly whole: number;
}

async function measureRuns(runs: number): Promise<readonly Measured[]> {
  await using server = await startNatsServer();
  const script = fileURLToPath(new URL("bus-writer.js", import.meta.url));
  const args = [...process.execArgv, script, server.url];
  const writer = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: writer.stdout })[Symbol.asyncIterator]();
  const say = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("the writer ended early");
    return value;
  };
  await say();
  await using link = await connectLink({ servers: server.url });
  await using bus = await NatsEventBus.connect({ servers: server.url, system: busSystem });
  let seen: Seen[] = [];
  await bus.subscribeToEventStored({ actor: Tick }, ({ event, position }) => {
    if (!event.isCounted) return;
    const whole = (Number(process.hrtime.bigint()) - event.at) / 1e6;
    seen.push({ position, at: performance.timeOrigin + performance.now(), whole });
  });
  const measured: Measured[] = [];
  for (let run = 0; run < runs; run++) {
    seen = [];
    writer.stdin.write(`${seconds}\n`);
    const { counted, rate } = JSON.parse(await say()) as { readonly counted: number; readonly rate: number };
    while (seen.length < counted) await new Promise((resolve) => setTimeout(resolve, 10));
    if (seen.length > counted) throw new Error("the bus told an event twice without a fault");
    const [first, last] = [seen.at(0)?.position ?? 0, seen.at(-1)?.position ?? 0];
    const stamps = await stampsOf(link, placeOf(busSystem, "ev").stream, { first, last });
    const latency = seen.map(({ position, at }) => at - (stamps.get(position) ?? Number.NaN));
    measured.push({ latency, whole: seen.map(({ whole }) => whole), rate });
  }
  writer.stdin.end();
  return measured;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

export const busLatency: Row = {
  name: "bus-latency",
  async measure(runs) {
    const measured = await measureRuns(runs);
    const of = (side: "latency" | "whole", q: number): number => median(measured.map((run) => quantile(run[side], q)));
    const rate = Math.round(median(measured.map((run) => run.rate)));
    const n = measured.length * (seconds - 1) * busRate;
    const note = (q: number): string =>
      `at ${rate}/s; ${of("whole", q).toFixed(2)} ms from the beginning of the append`;
    const p50 = { value: 1, aim: 0.5, is: "at most" } as const;
    const p99 = { value: 10, aim: 5, is: "at most" } as const;
    return [
      { part: "p50", unit: "ms", n, ours: of("latency", 0.5), bound: p50, note: note(0.5) },
      { part: "p99", unit: "ms", n, ours: of("latency", 0.99), bound: p99, note: note(0.99) },
    ];
  },
};
