// What makes a system one node of a row's cluster: the bench's own, which hosts nothing, and those that host the tills.
import type { Plugin } from "@aether/actor";
import { cluster } from "@aether/cluster";

export const systemName = "bench";

/** @param servers more than one: they replicate what is stored */
export function nodePlugins(node: string, servers: readonly string[]): readonly Plugin[] {
  return [cluster({ servers, node, durability: servers.length > 1 ? "replicated" : "dev" })];
}
