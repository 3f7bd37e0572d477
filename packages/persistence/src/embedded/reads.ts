// What is read: one page at a time, so that no reader holds the others up for long.
import { actorOf } from "./actors.ts";
import type { Entry, PlacedEntry } from "./fenced-log.ts";
import { type Answer, orphaned, unknown } from "./replies.ts";
import { type Request, requestKinds } from "./requests.ts";
import type { Tables } from "./writes.ts";

const maxPageEntries = 1_000;
const maxPageBytes = 1_048_576;

/**
 * An answer to each; what fails is that read alone.
 * @param foundUpTo the last position when this process opened the file: who wrote up to there is gone
 */
export function readFrom(tables: Tables, request: Request, foundUpTo: number): Answer {
  const { id } = request;
  try {
    if (request.kind === requestKinds.head) return { id, ...headOf(tables, request, foundUpTo) };
    const entries = entriesOf(tables, request);
    return { id, number: entries.length, entries };
  } catch (error) {
    const { type, id: actorId } = actorOf(request.key);
    return { id, number: unknown, reason: `${type}/${actorId}: ${(error as Error).message}` };
  }
}

function headOf(
  { actors, commits }: Tables,
  { key, from }: Request,
  foundUpTo: number,
): { readonly number: number; readonly entries: readonly PlacedEntry[] } {
  const known = actors.find(key);
  const head = known.actor === 0 ? undefined : commits.newest(known, from);
  if (head === undefined) return { number: 0, entries: [] };
  return { number: head.position <= foundUpTo ? orphaned : 1, entries: [head] };
}

function entriesOf({ actors, commits, snapshots }: Tables, { kind, key, from, to }: Request): readonly Entry[] {
  if (kind === requestKinds.list) return page(actorsIn(actors, commits, from));
  const known = actors.find(key);
  if (known.actor === 0) return [];
  if (kind === requestKinds.read) return page(commits.range(known, from, to));
  const newest = snapshots.newest(known, from);
  return newest === undefined ? [] : [newest];
}

/** An actor may have a snapshot and no commit. */
function* actorsIn(actors: Tables["actors"], commits: Tables["commits"], after: number): Iterable<Entry> {
  for (const found of actors.list(after)) if (commits.has(found.number)) yield found;
}

function page(found: Iterable<Entry>): Entry[] {
  const entries: Entry[] = [];
  let bytes = 0;
  for (const entry of found) {
    entries.push(entry);
    bytes += entry.content.length;
    if (entries.length === maxPageEntries || bytes >= maxPageBytes) break;
  }
  return entries;
}
