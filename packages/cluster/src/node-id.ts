// What names a node: one token that fits into subjects and keys as it is.
import type { NodeId } from "./contracts/node.ts";

const pattern = /^[A-Za-z0-9_-]{1,64}$/;

export function isNodeId(value: unknown): value is NodeId {
  return typeof value === "string" && pattern.test(value);
}
