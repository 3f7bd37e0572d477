// How far a subscription is in one stream, and where one begins.
import type { EventLog, LogBounds } from "@aether/persistence";
import type { From } from "../contracts/event-bus.ts";
import { LogTruncated, PositionAheadOfLog } from "../errors.ts";

/** All commits up to `position` are done; with a `version`, of the one that stands there only the events up to it. */
export interface Cursor {
  readonly position: number;
  readonly version?: number;
}

/** The position up to which everything is done. */
export function doneUpTo({ position, version }: Cursor): number {
  return version === undefined ? position : position - 1;
}

/** @throws RangeError for positions of another number of streams; errors of the log */
export async function cursorsFrom(log: EventLog, from: From): Promise<readonly Cursor[]> {
  const streams = Array.from({ length: log.streams }, (_, stream) => stream);
  if (typeof from === "number" || Array.isArray(from)) {
    const positions: readonly number[] = typeof from === "number" ? [from] : (from as readonly number[]);
    if (positions.length === log.streams) return positions.map((position) => ({ position }));
    throw new RangeError(
      `subscribeToEventStored: from has ${positions.length} positions, the store ${log.streams} streams; use a subscription's \`position\`.`,
    );
  }
  return Promise.all(
    streams.map(async (stream) => {
      if (from === "new") return { position: (await log.bounds(stream)).last };
      if (from === "start") return { position: (await log.bounds(stream)).first - 1 };
      return { position: await log.before(stream, from as Date) };
    }),
  );
}

/** @throws PositionAheadOfLog, LogTruncated */
export function checkCursor(label: string, stream: number, cursor: Cursor, { first, last }: LogBounds): void {
  const position = doneUpTo(cursor);
  if (cursor.position > last) throw new PositionAheadOfLog(label, { stream, position: cursor.position, last });
  if (position + 1 < first) throw new LogTruncated(label, { stream, position, first });
}
