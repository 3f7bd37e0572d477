// What the tests of the embedded store share: empty directories, stores on them, and processes of their own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { EventStore, OpenStores, SnapshotStore, StoredAt } from "@aether/persistence";
import type { EmbeddedOptions } from "@aether/persistence/embedded";
import { embeddedBackend } from "../src/embedded/backend.ts";
import { loadDriver, type Sqlite } from "../src/embedded/sqlite.ts";
import { usualMaxTailKeys } from "../src/embedded/tail.ts";

export { alice, bytes, history } from "./histories.ts";

type Options = Omit<EmbeddedOptions, "directory">;

export const systemName = "place";

export interface EmbeddedPlace {
  readonly directory: string;
  readonly dataFile: string;
  readonly connect: (options?: Options) => Promise<OpenStores>;
  readonly closeAll: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

/** So short that every few commits are merged into the index. */
export const shortTailKeys = 8;

/** As `sqlite3` would open it, beside the store. */
export async function inspectFile<T>(file: string, work: (sqlite: Sqlite) => T): Promise<T> {
  const { DatabaseSync } = await loadDriver();
  const sqlite = new DatabaseSync(file);
  try {
    return work(sqlite);
  } finally {
    sqlite.close();
  }
}

/** A directory of its own is an empty place. */
export async function emptyPlace(maxTailKeys: number = usualMaxTailKeys): Promise<EmbeddedPlace> {
  const directory = await mkdtemp(join(tmpdir(), "aether-embedded-"));
  const opened: OpenStores[] = [];
  const closeAll = async (): Promise<void> => {
    for (const stores of opened.splice(0)) await stores.close?.();
  };
  return {
    directory,
    dataFile: join(directory, `${systemName}.sqlite`),
    connect: async ({ snapshotsKept = 2, maxFileBytes } = {}) => {
      const backend = embeddedBackend({ directory, snapshotsKept, maxFileBytes, maxTailKeys });
      const stores = await backend.open({ systemName, warn: () => undefined });
      opened.push(stores);
      return stores;
    },
    closeAll,
    dispose: async () => {
      await closeAll();
      await rm(directory, { recursive: true });
    },
  };
}

type Listener = Parameters<NonNullable<EventStore["follow"]>>[0];

/** A thread takes its time to start. */
const maxReopenings = 5;

/** A place whose file is closed and opened anew before the first looks at what was written: they show what is on disk. */
export class ReopenedPlace {
  readonly #place: EmbeddedPlace;
  readonly #followers = new Set<Listener>();
  #stores: Promise<OpenStores>;
  #isWritten = false;
  #reopenings = 0;

  constructor(place: EmbeddedPlace) {
    this.#place = place;
    this.#stores = place.connect();
  }

  events(): EventStore {
    const live = this.#gate();
    const written = async (): Promise<EventStore> => (await live(true)).events;
    const seen = async (): Promise<EventStore> => (await live(false)).events;
    return {
      limits: { maxCommitBytes: 1_048_576 },
      head: async (actor) => {
        // Unlike those of a process that ended, writers live on here: no head is an orphan.
        const head = await (await seen()).head(actor);
        return head && { token: head.token, bytes: head.bytes };
      },
      append: async (actor, after, bytes) => (await written()).append(actor, after, bytes),
      truncate: async (actor, before) => (await written()).truncate(actor, before),
      read: async function* (actor, range) {
        yield* (await seen()).read(actor, range);
      },
      list: async function* () {
        yield* (await seen()).list();
      },
      follow: async (listener) => {
        const listens = (stored: StoredAt): void => void (live.isOpen() && listener(stored));
        const end = await (await seen()).follow?.(listens);
        this.#followers.add(listens);
        return async () => {
          this.#followers.delete(listens);
          await end?.();
        };
      },
      close: async () => live.close(),
    };
  }

  snapshots(): SnapshotStore {
    const live = this.#gate();
    return {
      limits: { maxSnapshotBytes: 64 * 1_048_576 },
      load: async (actor, before) => (await live(false)).snapshots.load(actor, before),
      save: async (actor, after, bytes) => (await live(true)).snapshots.save(actor, after, bytes),
      close: async () => live.close(),
    };
  }

  #gate() {
    let isClosed = false;
    const live = (isWrite: boolean): Promise<OpenStores> => {
      if (isClosed) return Promise.reject(new Error("closed"));
      if (isWrite) this.#isWritten = true;
      else if (this.#isWritten && this.#reopenings < maxReopenings) this.#reopen();
      return this.#stores;
    };
    return Object.assign(live, { isOpen: () => !isClosed, close: () => void (isClosed = true) });
  }

  #reopen(): void {
    this.#reopenings++;
    this.#isWritten = false;
    this.#stores = this.#stores.then(async () => {
      await this.#place.closeAll();
      const stores = await this.#place.connect();
      for (const listener of this.#followers) await stores.events.follow?.(listener);
      return stores;
    });
  }
}

export function childCommand(
  mode: "hold" | "write" | "rounds",
  directory: string,
  maxTailKeys: number = usualMaxTailKeys,
): [string, ...string[]] {
  const script = fileURLToPath(new URL("embedded-child.ts", import.meta.url));
  return [
    process.execPath,
    "--conditions=@aether/source",
    "--import",
    "tsx",
    script,
    mode,
    directory,
    `${maxTailKeys}`,
  ];
}

export interface Child extends AsyncDisposable {
  /** Everything printed so far. */
  readonly lines: readonly string[];
  /** Once so many lines have been printed. @throws Error when the process ends before */
  printed(count: number): Promise<void>;
  kill(): Promise<void>;
}

/** A process of its own that opens the store at once, prints "open" and goes on as `embedded-child.ts` says. */
export function startChild(mode: "hold" | "write", directory: string, maxTailKeys: number = usualMaxTailKeys): Child {
  const [command, ...args] = childCommand(mode, directory, maxTailKeys);
  const child: ChildProcess = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> });
  reader.on("line", (line) => lines.push(line));
  const ended = once(child, "close");
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  return {
    lines,
    printed: async (count) => {
      const over = new AbortController();
      const isOver = ended.then(() => Promise.reject(new Error(`the child ended after: ${lines.join(", ")}`)));
      isOver.catch(() => undefined);
      while (lines.length < count) await Promise.race([once(reader, "line", { signal: over.signal }), isOver]);
      over.abort();
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
