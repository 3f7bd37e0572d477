// All rows of `bench -- kernel`, in the order in which they run.
import { ask1k, askSequential, virtualAsk } from "./asks.ts";
import { pingPong, ring } from "./relays.ts";
import { skynet, spawn100k, spawn1m } from "./spawning.ts";
import { fanOut100, tell1k, tell1m } from "./tells.ts";
import { activation, idleHeap } from "./virtual-actors.ts";
import type { Workload } from "./workload.ts";

export const workloads: readonly Workload[] = [
  tell1k,
  tell1m,
  pingPong,
  askSequential,
  ask1k,
  fanOut100,
  ring,
  skynet,
  spawn100k,
  spawn1m,
  idleHeap,
  virtualAsk,
  activation,
];
