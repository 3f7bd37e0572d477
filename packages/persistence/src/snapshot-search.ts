// Which stored snapshot recovery begins with: the newest usable one. Unusable ones are passed over; the history itself is
// always the truth.
import type { Codecs } from "./codec.ts";
import type { StoredSnapshot } from "./contracts/snapshot-store.ts";
import type { ActorKey, Token } from "./contracts/event-store.ts";
import type { Services } from "./services.ts";
import { decodeSnapshot, type Snapshot } from "./snapshot-format.ts";

export type UsableSnapshot = Snapshot;

export interface SnapshotReader {
  readonly key: ActorKey;
  readonly name: string;
  readonly codecs: Codecs;
  /** Why the class cannot take a snapshot of this schema; `undefined` if it can. */
  refusesSchema(schema: number): string | undefined;
}

export interface SnapshotSearch extends SnapshotReader {
  readonly services: Services;
}

/** What the history allows a snapshot to stand at. */
export interface Span {
  /** Of the last commit. */
  readonly head: Token;
  /** Its id, where it is known: what stands at the same token may be another one's. */
  readonly commit?: string | undefined;
  /** The actor's version with it. */
  readonly version: number;
  /** Of the last tombstone, 0 if there is none: a snapshot from before is another life's. */
  readonly born: Token;
}

export interface FoundSnapshots {
  readonly usable: UsableSnapshot | undefined;
  /** Why each newer one was passed over. */
  readonly unusable: readonly string[];
  /** One stands ahead of the head: true of a lost history, but also of a head that was read too early. */
  readonly isAhead: boolean;
  /** `snapshotVersion` of the newest one that can be read. */
  readonly newestSchema: number | undefined;
}

/** @param accepts what else a snapshot must fulfil, such as not being too new for a question about the past */
export async function findSnapshot(
  reader: SnapshotReader & { readonly services: Pick<Services, "stores"> },
  newest: StoredSnapshot | undefined,
  span: Span,
  accepts: (snapshot: Snapshot) => boolean = () => true,
): Promise<FoundSnapshots> {
  const unusable: string[] = [];
  let isAhead = false;
  let newestSchema: number | undefined;
  const { key, services } = reader;
  const { snapshots } = services.stores;
  for (let stored = newest; stored !== undefined; stored = await snapshots.load(key, stored.token)) {
    const { snapshot, reason } = examine(reader, stored, span);
    if (snapshot !== undefined) {
      if (snapshot.token < span.born) break; // of a former life, like all that are older
      newestSchema ??= snapshot.schema;
      isAhead ||= isBeyond(snapshot, span);
      if (reason === undefined && accepts(snapshot)) return { usable: snapshot, unusable, isAhead, newestSchema };
    }
    if (reason !== undefined) unusable.push(reason);
  }
  return { usable: undefined, unusable, isAhead, newestSchema };
}

interface Examined {
  readonly snapshot?: Snapshot;
  /** Why it cannot be used. */
  readonly reason?: string | undefined;
}

export function examine(reader: SnapshotReader, stored: StoredSnapshot, span: Omit<Span, "born">): Examined {
  let snapshot: Snapshot;
  try {
    snapshot = decodeSnapshot(stored.bytes, reader.key, reader.name, reader.codecs);
  } catch (error) {
    return { reason: (error as Error).message };
  }
  const { token, version, schema } = snapshot;
  const place = `version ${version} (token ${token})`;
  if (isOfAnother(snapshot, span)) {
    return { snapshot, reason: `it stands at ${place}, where another commit stands now: its commits were lost` };
  }
  if (!isBeyond(snapshot, span)) return { snapshot, reason: reader.refusesSchema(schema) };
  const reason = `it stands at ${place}, ahead of the history's head at version ${span.version} (token ${span.head})`;
  return { snapshot, reason };
}

/** Where token and version came to be the same again. Of what is not the head, only the token is known here. */
function isOfAnother({ token, commit }: Snapshot, span: Omit<Span, "born">): boolean {
  return token === span.head && commit !== undefined && span.commit !== undefined && commit !== span.commit;
}

/** A store that was set back may have given the same tokens again: both are looked at. */
function isBeyond({ token, version }: Snapshot, span: Omit<Span, "born">): boolean {
  return token > span.head || version > span.version;
}
