// The SQLite driver: the one inside Node where there is one, else a package with the same interface. Only what this store
// uses of it is described, so that no driver's types are needed to compile.
export type SqlValue = string | number | Uint8Array | null;
export type Row = Readonly<Record<string, SqlValue>>;

export interface Statement {
  run(...values: SqlValue[]): { readonly changes: number | bigint; readonly lastInsertRowid: number | bigint };
  get(...values: SqlValue[]): Row | undefined;
  all(...values: SqlValue[]): readonly Row[];
  iterate(...values: SqlValue[]): Iterable<Row>;
}

export interface Sqlite {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

export interface Driver {
  readonly DatabaseSync: new (file: string) => Sqlite;
}

/** @throws Error when neither is there */
export async function loadDriver(): Promise<Driver> {
  try {
    return await importDriver("node:sqlite");
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_UNKNOWN_BUILTIN_MODULE") throw error;
    return importDriver("@photostructure/sqlite");
  }
}

/** By name: the types that this code is compiled with know neither. */
async function importDriver(name: string): Promise<Driver> {
  return (await import(name)) as Driver;
}

export const sqliteCodes = { busy: 5, full: 13, notADatabase: 26 } as const;

/** SQLite's own code of an error, without what extends it; `undefined` for an error of another kind. */
export function sqliteCode(error: unknown): number | undefined {
  const { errcode, sqliteCode: code = errcode } = error as { errcode?: unknown; sqliteCode?: unknown };
  return typeof code === "number" ? code & 0xff : undefined;
}
