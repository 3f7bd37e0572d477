// The data file: its layout, and how it is opened. Anybody may read it with `sqlite3` while the store is open; the view
// `history` is made for that.
import type { Sqlite } from "./sqlite.ts";

/** "Aeth": tells the file from any other SQLite file. */
const applicationId = 0x41657468;
/** Of the layout below. A change that older code cannot live with takes the next number. */
const format = 2;
const pageBytes = 4_096;

/**
 * Positions are never given twice, also after deletes. An actor's commits are numbered without gaps: the token. Commits up
 * to the position `indexed` are all in the index; some behind it may be.
 */
const layout = `
CREATE TABLE actors (
  actor INTEGER PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL, UNIQUE (type, id)
);
CREATE TABLE commits (
  position INTEGER PRIMARY KEY AUTOINCREMENT, actor INTEGER NOT NULL, number INTEGER NOT NULL, bytes NOT NULL
);
CREATE TABLE commit_index (
  actor INTEGER NOT NULL, number INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (actor, number)
) WITHOUT ROWID;
CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('indexed', 0);
CREATE TABLE snapshots (
  position INTEGER PRIMARY KEY, actor INTEGER NOT NULL, number INTEGER NOT NULL, bytes NOT NULL, UNIQUE (actor, number)
);
CREATE VIEW history AS
  SELECT position, type, id, number, bytes AS "commit" FROM commits JOIN actors USING (actor) ORDER BY position;
PRAGMA application_id = ${applicationId};
PRAGMA user_version = ${format};
`;

/**
 * Synced at each commit (on macOS a plain sync does not reach the disk); the checkpoint size trades the longest wait
 * against throughput.
 */
const settings = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA fullfsync = ON;
PRAGMA checkpoint_fullfsync = ON;
PRAGMA wal_autocheckpoint = 3000;
PRAGMA cache_size = -65536;
PRAGMA temp_store = MEMORY;
`;

const busyTimeoutMs = 5_000;

/** The file is somebody else's, or of a layout that this code does not know. */
export class UnknownFormat extends Error {}

/** Makes an empty file ours, or checks that it is. @throws UnknownFormat */
export function prepareDataFile(sqlite: Sqlite, maxFileBytes: number | undefined): void {
  const found = numberOf(sqlite, "application_id");
  const isEmpty = sqlite.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (found !== applicationId && !(isEmpty && found === 0)) throw new UnknownFormat("it is not a file of this store");
  const version = numberOf(sqlite, "user_version");
  if (!isEmpty && version !== format) throw new UnknownFormat(`its format is ${version}, this code knows ${format}`);
  sqlite.exec(settings);
  if (isEmpty) sqlite.exec(`BEGIN IMMEDIATE; ${layout} COMMIT;`);
  flushLeftovers(sqlite);
  sqlite.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  if (maxFileBytes !== undefined) sqlite.exec(`PRAGMA max_page_count = ${Math.floor(maxFileBytes / pageBytes)}`);
}

/**
 * What a process that died had written but not yet flushed is read as stored from now on: it must be on disk first.
 * A reader in another process can keep the log from being emptied; then a transaction of our own flushes it.
 */
function flushLeftovers(sqlite: Sqlite): void {
  const { busy } = sqlite.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() ?? {};
  if (busy !== 0) sqlite.exec("BEGIN IMMEDIATE; UPDATE meta SET value = value WHERE name = 'indexed'; COMMIT;");
}

function numberOf(sqlite: Sqlite, pragma: string): number {
  return Number(sqlite.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
}
