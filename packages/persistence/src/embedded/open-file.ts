// This side of the worker: sends the calls of one turn of the event loop together, and settles each when its answer is
// back. Once the worker is gone, whatever waits is unknown and whatever comes is refused.
import { systemScheduler } from "@aether/actor";
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from "node:worker_threads";
import type { StoredAt } from "../contracts/event-store.ts";
import { StoreDriverMissing, StoreFailed, StoreFormatUnknown, StoreInUse } from "../errors.ts";
import { actorOf } from "./actors.ts";
import { repliesOf, type Reply, type ReplyMessage, unknown } from "./replies.ts";
import { isRead, type Request, requestKinds, Requests } from "./requests.ts";
import { startWorker } from "./start-worker.ts";
import type { Opening, WorkerInput } from "./worker.ts";

export type Place = Omit<WorkerInput, "port" | "sent">;
export type Call = Omit<Request, "id">;

interface Waiting {
  readonly kind: Call["kind"];
  readonly key: string;
  /** What the caller makes of the answer. */
  readonly read: ((reply: Reply) => unknown) | undefined;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

let resolveLast: Waiting["resolve"];
let rejectLast: Waiting["reject"];

/** One function for all promises, where a closure would be made for each. */
function capture(resolve: Waiting["resolve"], reject: Waiting["reject"]): void {
  resolveLast = resolve;
  rejectLast = reject;
}

/** So many calls wait for the end of the turn at most if reads are among them: the thread is to read while the process works. */
const maxHeldReads = 16;

/** About a millisecond of work for those who waited. */
const maxSettledAtOnce = 48;

export class OpenFile {
  readonly #place: Place;
  readonly #sent = new Int32Array(new SharedArrayBuffer(4));
  readonly #port: MessagePort;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #followers = new Set<(stored: StoredAt) => void>();
  readonly #arrived: Iterator<Reply>[] = [];
  #requests: Requests | undefined;
  #lastBytes = 0;
  #lastId = 0;
  #cause: Error | undefined;
  #failure: Error | undefined;
  #settleOpening: (error?: Error) => void = () => undefined;
  /** Settles when the worker opened the file. @throws as `embedded` says */
  readonly opened: Promise<void>;
  /** Resolves when the thread is gone, and its lock with it. */
  readonly ended: Promise<void>;

  constructor(place: Place) {
    this.#place = place;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = startWorker({ ...place, port: port2, sent: this.#sent });
    this.opened = new Promise((resolve, reject) => {
      this.#settleOpening = (error) => (error === undefined ? resolve() : reject(error));
    });
    // Whoever opened the file waits for this one; it may be refused before.
    this.opened.catch(() => undefined);
    this.#port.on("message", (message: Opening | ReplyMessage) => this.#receive(message));
    this.#worker.once("error", (error) => void (this.#cause = error));
    this.ended = new Promise((resolve) => {
      this.#worker.once("exit", (code) => {
        this.#end(code);
        resolve();
      });
    });
  }

  get isGone(): boolean {
    return this.#failure !== undefined;
  }

  /** @throws StoreFailed when the outcome is unknown, or the thread is gone */
  call(call: Call, read?: (reply: Reply) => unknown): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#waiting.size === 0) this.#wake();
    const answer = new Promise(capture);
    const id = ++this.#lastId;
    this.#waiting.set(id, { kind: call.kind, key: call.key, read, resolve: resolveLast, reject: rejectLast });
    if (this.#requests === undefined) {
      this.#requests = new Requests(this.#lastBytes);
      systemScheduler.yield(() => this.send());
    }
    this.#requests.add(id, call);
    if (isRead(call) && this.#requests.length >= maxHeldReads) this.send();
    return answer;
  }

  /** @param follower a function of its own each time, which never throws */
  follow(follower: (stored: StoredAt) => void): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }

  /** Behind everything that waits. */
  async close(): Promise<void> {
    if (this.#failure === undefined) {
      await this.call({ kind: requestKinds.close, key: "", from: 0, to: 0, bytes: new Uint8Array(0) });
    }
    this.#wake();
    await this.ended;
  }

  /** Happens by itself at the end of the turn of the event loop. */
  send(): void {
    const requests = this.#requests;
    this.#requests = undefined;
    if (requests === undefined || this.#failure !== undefined) return;
    if (requests.byteLength > 0) this.#lastBytes = requests.byteLength;
    const message = requests.toMessage();
    this.#port.postMessage(message, message.bytes.length === 0 ? [] : [message.bytes.buffer]);
    Atomics.add(this.#sent, 0, 1);
    Atomics.notify(this.#sent, 0);
  }

  /** What arrives together is settled in portions: the rest of the process has its turns in between. */
  #settleSome(atMost: number): void {
    const stored: StoredAt[] = [];
    for (let settled = 0; settled < atMost; settled++) {
      const next = this.#arrived[0]?.next();
      if (next === undefined) break;
      if (next.done === true) this.#arrived.shift();
      else this.#settle(next.value, stored);
    }
    if (this.#arrived.length > 0) systemScheduler.yield(() => this.#settleSome(maxSettledAtOnce));
    if (this.#waiting.size === 0) this.#rest();
    for (const at of stored) for (const tell of this.#followers) tell(at);
  }

  #settle(reply: Reply, stored: StoredAt[]): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.id);
    const { kind, key, read, resolve, reject } = waiting;
    if (reply.number !== unknown) resolve(read === undefined ? reply : read(reply));
    else reject(new StoreFailed(this.#place.dataFile, reply.reason ?? "no reason given"));
    if (kind === requestKinds.append && reply.number > 0 && this.#followers.size > 0) {
      stored.push({ actor: actorOf(key), token: reply.number });
    }
  }

  #receive(message: Opening | ReplyMessage): void {
    if (!("type" in message)) {
      this.#arrived.push(repliesOf(message)[Symbol.iterator]());
      if (this.#arrived.length === 1) this.#settleSome(maxSettledAtOnce);
      return;
    }
    if (message.type === "opened") this.#rest();
    this.#settleOpening(this.#refusal(message));
  }

  /** The thread may be gone before its last messages were looked at: they count all the same. */
  #end(code: number): void {
    for (let last = receiveMessageOnPort(this.#port); last !== undefined; last = receiveMessageOnPort(this.#port)) {
      this.#receive(last.message as Opening | ReplyMessage);
    }
    this.#settleSome(Number.POSITIVE_INFINITY);
    this.#port.close();
    const cause = this.#cause ?? new Error(`its thread ended with code ${code}`);
    const failure = new StoreFailed(this.#place.dataFile, cause.message, cause);
    this.#failure = failure;
    this.#settleOpening(failure);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(failure);
  }

  #refusal(opening: Opening): Error | undefined {
    const { directory, dataFile } = this.#place;
    switch (opening.type) {
      case "opened":
        return undefined;
      case "no-driver":
        return new StoreDriverMissing(opening.reason);
      case "locked":
        return new StoreInUse(directory, dataFile);
      case "unknown-format":
        return new StoreFormatUnknown(dataFile, opening.reason);
      case "failed":
        return new StoreFailed(dataFile, opening.reason);
    }
  }

  /** An open store keeps the process alive while something waits for it, and no longer. */
  #wake(): void {
    this.#worker.ref();
    this.#port.ref();
  }

  #rest(): void {
    this.#worker.unref();
    this.#port.unref();
  }
}
