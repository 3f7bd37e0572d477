// What makes a system one node of the run over NATS, the feeder's as well as those that host airports.
import type { Plugin } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { persistence } from "@aether/persistence";
import { jetStream } from "@aether/persistence/jetstream";
import { withoutSnapshots } from "./without-snapshots.ts";

export const systemName = "airports";

export interface NodeOptions {
  readonly node: string;
  /** More than one: they replicate what is stored. */
  readonly servers: readonly string[];
  /** Whether recovery may use them. @default true */
  readonly snapshots?: boolean;
  /** Whether it takes its whole share at its start; else it grows into it. @default false */
  readonly joinsAtOnce?: boolean;
}

export function nodePlugins({ node, servers, ...options }: NodeOptions): readonly Plugin[] {
  const { snapshots = true, joinsAtOnce = false } = options;
  const durability = servers.length > 1 ? "replicated" : "dev";
  const joins = cluster({ servers, node, durability, ...(joinsAtOnce ? { joinSteps: 1 } : {}) });
  if (snapshots) return [joins]; // it brings its stores along
  return [persistence({ store: withoutSnapshots(jetStream({ servers, durability })) }), joins];
}
