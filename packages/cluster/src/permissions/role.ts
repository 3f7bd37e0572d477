// Who somebody is towards a system's part of NATS. Invariant: no permissions are made from a name that could reach over
// into another system's subjects.
import { checkNamespace } from "@aether/persistence/jetstream";
import type { NodeId } from "../contracts/node.ts";
import { isNodeId } from "../node-id.ts";

/**
 * - `node`: hosts actors. Joins, talks with all members, appends and reads events and snapshots.
 * - `client`: hosts none. Joins under its own name, sends commands and gets replies; reads and writes no store.
 * - `reader`: is no member. Reads events and snapshots, and follows what is stored: `history()`, the event bus.
 * - `provisioner`: makes, changes and deletes the streams and buckets, and reads no event.
 */
export type Role = "node" | "client" | "reader" | "provisioner";

export const roles: readonly Role[] = ["node", "client", "reader", "provisioner"];

export interface RoleOptions {
  readonly role: Role;
  /** The name of the system, as in `createSystem({ name })`. */
  readonly system: string;
  /** As in `cluster({ namespace })`. @default none */
  readonly namespace?: string;
  /**
   * The node id that this user joins as: it then hears nothing that is for others. A client must have one.
   * @default any node id, with the role `node`: all nodes share one user, and trust each other
   */
  readonly node?: NodeId;
  /** Over how many streams the events are spread, as when they were provisioned. @default 1 */
  readonly eventStreams?: number;
  /** Whether a node may make the streams and buckets that are missing. @default false */
  readonly mayProvision?: boolean;
  /**
   * Whether a node may delete old events (`retention: { deleteEvents: true }`). NATS cannot grant "the old ones only": such
   * a node can purge all events. @default false
   */
  readonly mayTruncate?: boolean;
  /**
   * Whether a client may say that a node is gone. A client often finds out first, in milliseconds: without the right it waits
   * until a node has noticed, at most a lease. With it, it can send any node away, which then joins again. @default false
   */
  readonly mayRemove?: boolean;
}

/** A role with all that was left out. */
export type SettledRole = Required<Omit<RoleOptions, "node" | "namespace">> & {
  readonly node: NodeId | undefined;
  readonly namespace: string | undefined;
};

/** @throws TypeError naming the option */
export function settleRole(options: RoleOptions): SettledRole {
  const { role, system, namespace, node, eventStreams = 1 } = options;
  const { mayProvision = false, mayTruncate = false, mayRemove = false } = options;
  const refuse = (option: string, value: unknown, use: string): never => {
    throw new TypeError(`permissions: ${option} is ${JSON.stringify(value)}; use ${use}.`);
  };
  if (!roles.includes(role)) refuse("role", role, `one of ${roles.join(", ")}`);
  if (typeof system !== "string" || system === "") refuse("system", system, "the name given to createSystem");
  checkNamespace("permissions", namespace);
  if (node !== undefined && !isNodeId(node)) refuse("node", node, '1 to 64 letters, digits, "_" or "-"');
  if (role === "client" && node === undefined) refuse("node", node, "the node id of this client");
  if (!(Number.isInteger(eventStreams) && eventStreams >= 1)) refuse("eventStreams", eventStreams, "1, 2, 4, … 64");
  if (role !== "node" && (mayProvision || mayTruncate)) refuse("role", role, '"node" with mayProvision or mayTruncate');
  if (role !== "client" && mayRemove) refuse("role", role, '"client" with mayRemove; a node may do it anyway');
  return { role, system, namespace, node, eventStreams, mayProvision, mayTruncate, mayRemove };
}
