// Direct reads: any replica answers, as far as it has come.
import { direct, find } from "./api.ts";
import { writeHeaders } from "./message-headers.ts";
import type { Delivery } from "./session.ts";
import type { Stream } from "./stream.ts";
import type { StoredRecord } from "./stream-log.ts";

const empty = new Uint8Array(0);
const notFound: Delivery = { headers: writeHeaders("404 Message Not Found"), data: empty };

/** The answers to `$JS.API.DIRECT.GET.<stream>`, with a query or with the subject behind it. */
export function directAnswers(
  stream: Stream,
  query: Readonly<Record<string, unknown>> | string,
  upTo: number,
): readonly Delivery[] {
  if (typeof query === "string") {
    const last = stream.log.lastOf(query, upTo);
    return [last === undefined ? notFound : direct(stream, last)];
  }
  if (query["batch"] === undefined) {
    const found = find(stream, query, upTo);
    return [found === undefined ? notFound : direct(stream, found)];
  }
  return batch(stream, query as unknown as BatchQuery, upTo);
}

interface BatchQuery {
  readonly seq: number;
  readonly next_by_subj: string;
  readonly batch: number;
  readonly max_bytes?: number;
}

/** Ends with a status that names the last one sent. */
function batch(stream: Stream, query: BatchQuery, upTo: number): readonly Delivery[] {
  const { next_by_subj: subject, batch: count, max_bytes: maxBytes = Number.POSITIVE_INFINITY } = query;
  const found: StoredRecord[] = [];
  let bytes = 0;
  let next = stream.log.nextOf(subject, query.seq, upTo);
  while (next !== undefined && found.length < count && (found.length === 0 || bytes + next.data.length <= maxBytes)) {
    found.push(next);
    bytes += next.data.length;
    next = stream.log.nextOf(subject, next.sequence + 1, upTo);
  }
  if (found.length === 0) return [notFound];
  const last = found.at(-1)?.sequence as number;
  const end = { "Nats-Num-Pending": next === undefined ? 0 : 1, "Nats-Last-Sequence": last };
  return [...found.map((one) => direct(stream, one)), { headers: writeHeaders("204 EOB", end), data: empty }];
}
