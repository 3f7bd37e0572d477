// All rows of `bench -- cluster`; each is a file of its own.
import { busLatency } from "./bus-latency.ts";
import { disturbed } from "./disturbed.ts";
import { drain } from "./drain.ts";
import { failoverKill, failoverPause } from "./failover.ts";
import { leaderLoss } from "./leader-loss.ts";
import { remoteAsk, remoteAsk256 } from "./remote-ask.ts";
import { remoteTell } from "./remote-tell.ts";
import { rolling } from "./rolling.ts";
import type { Row } from "./row.ts";

export const rows: readonly Row[] = [
  remoteAsk,
  remoteAsk256,
  remoteTell,
  busLatency,
  failoverKill,
  failoverPause,
  disturbed,
  rolling,
  leaderLoss,
  drain,
];
