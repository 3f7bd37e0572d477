// The client library's JetStream on a link, for what the stores have no code of their own for.
import type { Link } from "@aether/nats";
import { jetstream, type JetStreamClient } from "@nats-io/jetstream";
import { answerTimeoutMs } from "./retrying.ts";

/** Waits for an answer as long as the stores do, 2 s. The library's own 5 s would be a lease. */
export function clientOf(link: Link): JetStreamClient {
  return jetstream(link.connection, { timeout: answerTimeoutMs });
}
