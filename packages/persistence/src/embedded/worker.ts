// The thread that owns the file: it opens it, then serves whatever waits, until it is told to close. It sleeps in
// `Atomics.wait` instead of the event loop: a wake-up costs less, and a single writer in a row feels each one.
import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { Actors } from "./actors.ts";
import { prepareDataFile, UnknownFormat } from "./data-file.ts";
import { ensureDirectory, flushDirectory } from "./directory.ts";
import { CommitLog } from "./commit-log.ts";
import { readFrom } from "./reads.ts";
import { type Answer, Replies } from "./replies.ts";
import { isRead, type Request, requestKinds, type RequestMessage, requestsOf } from "./requests.ts";
import { type Driver, loadDriver, type Sqlite, sqliteCode, sqliteCodes } from "./sqlite.ts";
import { SnapshotLog } from "./snapshot-log.ts";
import { checkWriteAheadLog } from "./write-ahead-log.ts";
import { Writes } from "./writes.ts";

export interface WorkerInput {
  readonly port: MessagePort;
  /** Counts the messages sent: the worker sleeps on it. */
  readonly sent: Int32Array;
  readonly directory: string;
  readonly dataFile: string;
  /** An empty file, locked as long as this thread lives: the system takes the lock away from a process that dies. */
  readonly lockFile: string;
  readonly maxFileBytes: number | undefined;
  /** Commits that the index may lack before they are merged into it. */
  readonly maxTailKeys: number;
}

/** The first message back. */
export type Opening =
  | { readonly type: "opened" }
  | { readonly type: "no-driver" | "locked" | "unknown-format" | "failed"; readonly reason: string };

/** Of one transaction: more would make all of them wait longer than the flush that they share is worth. */
const maxWrites = 512;
const maxWriteBytes = 4 * 1_048_576;
/** Of the answers in one message. */
const maxReplyBytes = 1_048_576;
/** Reads in one message: the process works on them while the next are read. */
const maxReadsAtOnce = 16;

const { port, sent, directory, dataFile, lockFile, maxFileBytes, maxTailKeys } = workerData as WorkerInput;

interface OpenFiles {
  readonly sqlite: Sqlite;
  readonly lock: Sqlite;
}

async function open(): Promise<OpenFiles | Opening> {
  let driver: Driver;
  try {
    driver = await loadDriver();
  } catch (error) {
    return { type: "no-driver", reason: (error as Error).message };
  }
  let phase: "locked" | "failed" = "failed";
  try {
    ensureDirectory(directory);
    const lock = new driver.DatabaseSync(lockFile);
    phase = "locked";
    lock.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
    phase = "failed";
    checkWriteAheadLog(dataFile);
    const sqlite = new driver.DatabaseSync(dataFile);
    prepareDataFile(sqlite, maxFileBytes);
    flushDirectory(directory);
    return { sqlite, lock };
  } catch (error) {
    const code = sqliteCode(error);
    const isForeign = error instanceof UnknownFormat || code === sqliteCodes.notADatabase;
    const type = phase === "locked" && code === sqliteCodes.busy ? phase : isForeign ? "unknown-format" : "failed";
    return { type, reason: (error as Error).message };
  }
}

function post(replies: Replies): Replies {
  if (replies.length === 0) return replies;
  const message = replies.toMessage();
  port.postMessage(message, message.bytes.length === 0 ? [] : [message.bytes.buffer]);
  return new Replies(replies.byteLength);
}

function isClose({ kind }: Request): boolean {
  return kind === requestKinds.close;
}

function isWrite(request: Request): boolean {
  return !isRead(request) && !isClose(request);
}

/** Sleeps until something waits, and takes all of it, up to what one transaction may hold. */
function nextRequests(): Request[] {
  for (;;) {
    const seen = Atomics.load(sent, 0);
    const requests: Request[] = [];
    let bytes = 0;
    while (requests.length < maxWrites && bytes < maxWriteBytes) {
      const received = receiveMessageOnPort(port);
      if (received === undefined) break;
      const message = received.message as RequestMessage;
      bytes += message.bytes.length;
      for (const request of requestsOf(message)) requests.push(request);
    }
    if (requests.length > 0) return requests;
    Atomics.wait(sent, 0, seen);
  }
}

/** A message may hold more than one transaction should. */
function* cut(requests: readonly Request[]): Iterable<Request[]> {
  let batch: Request[] = [];
  let bytes = 0;
  for (const request of requests) {
    if (batch.length === maxWrites || (batch.length > 0 && bytes + request.bytes.length > maxWriteBytes)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(request);
    bytes += request.bytes.length;
  }
  if (batch.length > 0) yield batch;
}

/** Reads first: they need not wait for the disk. */
function serve({ sqlite, lock }: OpenFiles): void {
  const tables = {
    actors: new Actors(sqlite),
    commits: new CommitLog(sqlite, maxTailKeys),
    snapshots: new SnapshotLog(sqlite),
  };
  const writes = new Writes(sqlite, tables);
  const foundUpTo = tables.commits.lastPosition;
  const answer = (replies: Replies, reply: Answer): Replies => {
    replies.add(reply);
    return replies.byteLength >= maxReplyBytes || (replies.hasEntries && replies.length >= maxReadsAtOnce)
      ? post(replies)
      : replies;
  };
  let replies = new Replies(0);
  for (;;) {
    const requests = nextRequests();
    const close = requests.find(isClose);
    for (const request of requests) {
      if (isRead(request)) replies = answer(replies, readFrom(tables, request, foundUpTo));
    }
    replies = post(replies);
    for (const batch of cut(requests.filter(isWrite))) {
      for (const reply of writes.run(batch)) replies = answer(replies, reply);
      replies = post(replies);
    }
    if (close === undefined) continue;
    sqlite.close();
    lock.close();
    post(answer(replies, { id: close.id, number: 0 }));
    return;
  }
}

const opened = await open();
if ("type" in opened) port.postMessage(opened);
else {
  port.postMessage({ type: "opened" } satisfies Opening);
  serve(opened);
}
port.close();
