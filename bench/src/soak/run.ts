// `bench -- soak`: does overload for many minutes leave memory flat, the event loop awake, and no ask without an end?
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../measure.ts";
import type { BenchOptions } from "../options.ts";
import { figure, printJson } from "../report.ts";
import { type Counts, type Load, startLoad, untold } from "./load.ts";
import { type Samples, startSampling } from "./samples.ts";

const flatWithin = 0.1;
const delayP99BelowMs = 20;

interface Result extends Counts {
  readonly minutes: number;
  /** Of what was handled: how many times as many were asked. */
  readonly overload: number;
  readonly untold: number;
  readonly rssMinMb: number;
  readonly rssMedianMb: number;
  readonly rssMaxMb: number;
  readonly flat: boolean;
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  readonly ok: boolean;
}

export async function runSoak({ minutes, json }: BenchOptions): Promise<number> {
  const load = await startLoad();
  const samples = startSampling();
  await sleep(minutes * 60_000);
  samples.stop();
  await load.end();
  const result = resultOf(minutes, load, samples);
  if (json) printJson({ bench: "soak", ...result });
  else printResult(result);
  return result.ok ? 0 : 1;
}

function resultOf(minutes: number, { counts }: Load, samples: Samples): Result {
  const rss = samples.rss();
  const [least, middle, most] = [Math.min(...rss), median(rss), Math.max(...rss)];
  const flat = least >= middle * (1 - flatWithin) && most <= middle * (1 + flatWithin);
  const delayP99Ms = samples.delay(99);
  const missing = untold(counts);
  return {
    minutes,
    ...counts,
    overload: figure(counts.sent / counts.answered),
    untold: missing,
    rssMinMb: figure(least),
    rssMedianMb: figure(middle),
    rssMaxMb: figure(most),
    flat,
    delayP50Ms: figure(samples.delay(50)),
    delayP99Ms: figure(delayP99Ms),
    ok: flat && delayP99Ms < delayP99BelowMs && missing + counts.timedOut + counts.failed === 0,
  };
}

function printResult(result: Result): void {
  const { sent, answered, refused, timedOut, failed } = result;
  console.log(`asks         ${sent} sent = ${answered} answered + ${refused} refused + ${timedOut} timed out`);
  console.log(`             + ${failed} failed otherwise + ${result.untold} untold`);
  console.log(`overload     ${result.overload} asks for each that was answered`);
  console.log(`memory       ${result.rssMinMb} to ${result.rssMaxMb} MB, median ${result.rssMedianMb} MB`);
  console.log(`             ${result.flat ? "flat" : "NOT FLAT"} (within ${flatWithin * 100} % of the median)`);
  console.log(`loop delay   p50 ${result.delayP50Ms} ms, p99 ${result.delayP99Ms} ms (below ${delayP99BelowMs} ms)`);
  console.log(result.ok ? "ok" : "FAILED");
}
