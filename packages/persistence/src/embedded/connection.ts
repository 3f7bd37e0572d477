// One connection of many to an open file. Within a process all connections to a file share one thread: it ends with the
// last of them.
import { StoreMisconfigured } from "../errors.ts";
import { type Call, OpenFile, type Place } from "./open-file.ts";
import type { Reply } from "./replies.ts";

interface Shared {
  readonly file: OpenFile;
  readonly maxFileBytes: number | undefined;
  users: number;
  /** Whether a second connection was ever open: whoever has read a head there may build on it. */
  hadSeveral: boolean;
}

/** By data file. The operating system's lock does the same between processes. */
const shared = new Map<string, Shared>();

export class Connection {
  readonly #shared: Shared;
  #isClosed = false;

  private constructor(found: Shared) {
    this.#shared = found;
  }

  /** @throws StoreInUse, StoreFormatUnknown, StoreDriverMissing, StoreFailed, StoreMisconfigured */
  static async open(place: Place): Promise<Connection> {
    for (let found = shared.get(place.dataFile); found !== undefined; found = shared.get(place.dataFile)) {
      if (found.users > 0 && !found.file.isGone) break;
      await found.file.ended;
    }
    const found = shared.get(place.dataFile) ?? share(place);
    if (found.maxFileBytes !== place.maxFileBytes) throw otherLimit(place, found.maxFileBytes);
    found.users++;
    found.hadSeveral ||= found.users > 1;
    try {
      await found.file.opened;
    } catch (error) {
      found.users--;
      throw error;
    }
    return new Connection(found);
  }

  /** Whether nobody else of this process has had the file since this connection's thread opened it. */
  get isAlone(): boolean {
    return !this.#shared.hadSeveral;
  }

  /** @throws StoreFailed when the outcome is unknown */
  call(call: Call): Promise<Reply>;
  /** @param read what becomes of the answer before it is handed out */
  call<T>(call: Call, read: (reply: Reply) => T): Promise<T>;
  call(call: Call, read?: (reply: Reply) => unknown): Promise<unknown> {
    return this.#shared.file.call(call, read);
  }

  /** What was called in this turn of the event loop need not wait for its end. */
  send(): void {
    this.#shared.file.send();
  }

  follow(follower: Parameters<OpenFile["follow"]>[0]): () => void {
    return this.#shared.file.follow(follower);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#shared.users--;
    if (this.#shared.users === 0) await this.#shared.file.close();
  }
}

function share(place: Place): Shared {
  const made: Shared = { file: new OpenFile(place), maxFileBytes: place.maxFileBytes, users: 0, hadSeveral: false };
  shared.set(place.dataFile, made);
  void made.file.ended.then(() => shared.delete(place.dataFile));
  return made;
}

/** The file has one limit: the second of two would be none. */
function otherLimit({ dataFile, maxFileBytes }: Place, found: number | undefined): StoreMisconfigured {
  const nameOf = (limit: number | undefined): unknown => limit ?? "no limit";
  return new StoreMisconfigured(dataFile, "maxFileBytes", {
    found: nameOf(found),
    wanted: nameOf(maxFileBytes),
    fix: "This process has the file open already: give all its systems the same maxFileBytes.",
  });
}
