// The backend behind `embedded`: both stores of a system on one connection to its file.
import { encodeId } from "@aether/actor";
import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { OpenStores, StoreBackend } from "../contracts/backend.ts";
import { Connection } from "./connection.ts";
import { EmbeddedEventStore } from "./event-store.ts";
import type { Place } from "./open-file.ts";
import { EmbeddedSnapshotStore } from "./snapshot-store.ts";

/** Those of `embedded`, checked, and what no user needs to change. */
export interface BackendOptions extends Pick<Place, "directory" | "maxFileBytes" | "maxTailKeys"> {
  readonly snapshotsKept: number;
}

export function embeddedBackend({ snapshotsKept, ...place }: BackendOptions): StoreBackend {
  return {
    name: "embedded",
    async open({ systemName, warn }): Promise<OpenStores> {
      const connection = await Connection.open({ ...place, ...(await filesOf(place.directory, systemName)) });
      const events = new EmbeddedEventStore(connection, warn);
      const snapshots = new EmbeddedSnapshotStore(connection, snapshotsKept);
      const close = async (): Promise<void> => {
        await Promise.all([events.close(), snapshots.close()]);
        await connection.close();
      };
      return { events, snapshots, close };
    },
  };
}

type Files = Pick<Place, "directory" | "dataFile" | "lockFile">;

async function filesOf(directory: string, systemName: string): Promise<Files> {
  const real = await realPathOf(resolve(directory));
  const file = join(real, encodeId(systemName));
  return { directory: real, dataFile: `${file}.sqlite`, lockFile: `${file}.lock` };
}

/** One name for one directory, whatever links lead to it: a process has one thread for it. What is missing is made later. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT" && dirname(path) !== path;
    return isMissing ? join(await realPathOf(dirname(path)), basename(path)) : path; // whoever opens it says what is wrong
  }
}
