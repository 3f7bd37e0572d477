// A simulated TCP connection between a process and a server. Invariant: bytes arrive in order or not at all; what a cut
// leaves under way may still arrive at the server, perhaps only a part of it, perhaps late.
import { EventEmitter } from "node:events";
import type { Machine } from "./machine.ts";
import type { Timeline } from "./timeline.ts";

/** The server's end. */
export interface Peer {
  receive(bytes: Uint8Array): void;
  closed(): void;
}

/** How the network is between one process and the servers. */
export interface Weather {
  /** One way, at least and at most, in milliseconds. */
  delayMs: readonly [number, number];
  /** Nothing arrives while it is held; later it does. */
  isUpHeld: boolean;
  isDownHeld: boolean;
  /** Nobody can connect. */
  isDown: boolean;
}

export interface CableParts {
  readonly timeline: Timeline;
  readonly machine: Machine;
  readonly weather: Weather;
  readonly random: () => number;
}

/** Where a direction leads, and in whose name things happen there. */
interface LaneEnd {
  at(delayMs: number, task: () => void): unknown;
  arrive(bytes: Buffer): void;
}

/** One direction of a connection. */
class Lane {
  readonly #parts: CableParts;
  readonly #isHeld: () => boolean;
  readonly #end: LaneEnd;
  readonly #queue: { at: number; sentAt: number; bytes: Buffer[] }[] = [];
  #last = 0;
  #isWaiting = false;
  #isCut = false;

  constructor(parts: CableParts, isHeld: () => boolean, end: LaneEnd) {
    this.#parts = parts;
    this.#isHeld = isHeld;
    this.#end = end;
  }

  send(bytes: Buffer): void {
    if (this.#isCut) return;
    const { timeline, weather, random } = this.#parts;
    const newest = this.#queue.at(-1);
    if (newest?.sentAt === timeline.now) return void newest.bytes.push(bytes);
    const [least, most] = weather.delayMs;
    this.#last = Math.max(this.#last, timeline.now + least + random() * (most - least));
    this.#queue.push({ at: this.#last, sentAt: timeline.now, bytes: [bytes] });
    this.pump();
  }

  /** Something was sent, has arrived, or may arrive again. */
  pump(): void {
    const next = this.#queue[0];
    if (next === undefined || this.#isWaiting || this.#isCut || this.#isHeld()) return;
    this.#isWaiting = true;
    this.#end.at(next.at - this.#parts.timeline.now, () => {
      this.#isWaiting = false;
      if (this.#isCut || this.#isHeld()) return;
      this.#queue.shift();
      const [first] = next.bytes;
      this.#end.arrive(next.bytes.length === 1 ? (first as Buffer) : Buffer.concat(next.bytes));
      this.pump();
    });
  }

  /** @returns what is lost */
  cut(): Buffer {
    this.#isCut = true;
    return Buffer.concat(this.#queue.splice(0).flatMap(({ bytes }) => bytes));
  }
}

/** The client's end is a socket as Node's client of NATS uses it. */
export class Cable extends EventEmitter {
  destroyed = false;
  readonly #parts: CableParts;
  readonly #up: Lane;
  readonly #down: Lane;
  #peer: Peer | undefined;
  readonly #ended: () => void;

  constructor(parts: CableParts, ended: () => void) {
    super();
    this.#parts = parts;
    this.#ended = ended;
    const { machine, timeline, weather } = parts;
    this.#up = new Lane(parts, () => weather.isUpHeld, {
      at: (delayMs, task) => timeline.after(delayMs, task),
      arrive: (bytes) => this.#peer?.receive(bytes),
    });
    this.#down = new Lane(parts, () => weather.isDownHeld, {
      at: (delayMs, task) => machine.at(delayMs, task),
      arrive: (bytes) => void this.emit("data", bytes),
    });
  }

  get machine(): Machine {
    return this.#parts.machine;
  }

  /** The connection stands. */
  attach(peer: Peer): void {
    this.#peer = peer;
  }

  fromServer(bytes: Buffer): void {
    this.#down.send(bytes);
  }

  write(bytes: Uint8Array, done?: (error?: Error) => void): boolean {
    if (bytes.length > 0) this.#up.send(Buffer.from(bytes));
    done?.();
    return true;
  }

  end(): void {
    this.destroy();
  }

  destroy(): this {
    if (!this.destroyed) this.break("closed");
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  /** The weather has changed. */
  pump(): void {
    this.#up.pump();
    this.#down.pump();
  }

  /**
   * Ends the connection. `closed`: by the client, in order. `cut`: by the network, of what was under way a part arrives, or
   * late. `silent`: the machine is gone without a word, and the server does not notice.
   */
  break(how: "closed" | "cut" | "silent"): void {
    if (this.destroyed) return;
    this.destroyed = true;
    const { timeline, machine, random } = this.#parts;
    const [under, peer] = [this.#up.cut(), this.#peer];
    this.#down.cut();
    this.#ended();
    machine.at(0.1, () => void this.emit("close", how === "closed" ? undefined : new Error("ECONNRESET")));
    if (peer === undefined || how === "silent") return;
    const arriving = how === "cut" && random() < 0.5 ? under.subarray(0, Math.floor(random() * under.length)) : under;
    const late = how === "cut" && random() < 0.3 ? random() * 3_000 : random();
    timeline.after(late, () => {
      if (arriving.length > 0) peer.receive(arriving);
      peer.closed();
    });
  }
}
