// What launcher and node processes say to each other over Node's own channel.
import type { NodeStats } from "./node-stats.ts";

export type ToNode = { readonly type: "stats" };

export type FromNode =
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "stats"; readonly stats: NodeStats };
