// Starts the worker: from `dist` as it is, from source through tsx, which older Node needs in each thread anew.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { WorkerInput } from "./worker.ts";

export function startWorker(input: WorkerInput): Worker {
  const isSource = import.meta.url.endsWith(".ts");
  const url = new URL(isSource ? "./worker.ts" : "./worker.js", import.meta.url);
  const options = {
    name: "aether-embedded-store",
    workerData: input,
    transferList: [input.port],
    // Node 22 warns that its SQLite is experimental. What this store uses of it has not changed since.
    execArgv: ["--disable-warning=ExperimentalWarning"],
  };
  return isSource ? new Worker(fromSource(url.href), { ...options, eval: true }) : new Worker(url, options);
}

function fromSource(url: string): string {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx/esm")).href;
  return `require("node:module").register(${JSON.stringify(tsx)}, { data: {} }); import(${JSON.stringify(url)});`;
}
