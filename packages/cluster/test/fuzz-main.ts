// `npm run fuzz -w @aether/cluster -- [runs] [seed]`: prints what it came to; ends with 1 at the first thing that must not be.
import { fuzz } from "./fuzz.ts";

const [runs = "1000000", seed = String(Math.floor(Math.random() * 2 ** 31))] = process.argv.slice(2);
process.stderr.write(`seed ${seed}\n`);
const before = process.memoryUsage().rss;
const began = performance.now();
const report = await fuzz(Number(runs), Number(seed));
const grownMb = Math.round((process.memoryUsage().rss - before) / 1_048_576);
process.stdout.write(
  `${JSON.stringify({ ...report, seconds: Math.round((performance.now() - began) / 1_000), grownMb })}\n`,
);
