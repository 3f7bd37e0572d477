// The options of a link, their defaults and their check. Invariant: a link is never made from values out of range.
import type { NodeConnectionOptions } from "@nats-io/transport-node";
import type { ProblemListener } from "./problem.ts";

/** Options of `connectLink`. */
export interface LinkOptions {
  /** One or more addresses, `nats://host:port`. */
  readonly servers: string | readonly string[];
  /** The connection's name in the server's monitoring. @default "aether" */
  readonly name?: string;
  /** How long an append, a read or a request waits for its answer, holding included. @default 2_000 */
  readonly requestTimeoutMs?: number;
  /** How long the first connection is tried. @default 5_000 */
  readonly connectTimeoutMs?: number;
  /** How long `close()` waits for what is outstanding. @default 2_000 */
  readonly closeTimeoutMs?: number;
  /** How many appends, reads and requests may wait for the connection to come back. @default 10_000 */
  readonly maxHeldRequests?: number;
  /** How many bytes of theirs may wait. @default 67_108_864 (64 MiB) */
  readonly maxHeldBytes?: number;
  /** Gets errors that belong to no call. @default a warning of the process */
  readonly onProblem?: ProblemListener;
  /** Passed to the client (credentials, TLS, …); what is set here wins over the link's own settings. */
  readonly connection?: Partial<NodeConnectionOptions>;
}

/** The numbers of {@link LinkOptions}, all present. */
export type LinkLimits = Required<
  Pick<LinkOptions, "requestTimeoutMs" | "connectTimeoutMs" | "closeTimeoutMs" | "maxHeldRequests" | "maxHeldBytes">
>;

/** What holds where an option is left out. */
export const defaults: LinkLimits = Object.freeze({
  requestTimeoutMs: 2_000,
  connectTimeoutMs: 5_000,
  closeTimeoutMs: 2_000,
  maxHeldRequests: 10_000,
  maxHeldBytes: 64 * 1024 * 1024,
});

const maxTimerMs = 2_147_483_647;

/** The limits with their defaults; throws RangeError for a value out of range. */
export function checkedLimits(options: LinkOptions): LinkLimits {
  const limits: Record<keyof LinkLimits, number> = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof LinkLimits)[]) {
    const value = options[name] ?? defaults[name];
    const [min, max] = name.endsWith("Ms") ? [name === "closeTimeoutMs" ? 0 : 1, maxTimerMs] : [0, Infinity];
    // A string of digits compares like a number, and adds up like a string.
    if (typeof value !== "number" || !(value >= min && value <= max)) {
      throw new RangeError(
        `${name} is ${typeof value === "number" ? value : `a ${typeof value}`}; it must be from ${min} to ${max}`,
      );
    }
    limits[name] = value;
  }
  return limits;
}
