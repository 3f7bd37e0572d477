// One connection through the proxy, frame by frame in both directions, with the traps that a test has set. Invariant: a
// trap springs once, between two frames; what is not trapped passes unchanged and in order.
import type { Socket } from "node:net";
import { createFrameSplitter, type Frame } from "./frames.ts";

/** A JetStream acknowledgement that was about to pass. */
export interface PassingAck {
  readonly stream: string;
  readonly sequence: number;
}

/** A published message that its sender has given up, and that the server has not seen yet. */
export interface HeldPublish {
  readonly subject: string;
  /** Lets it arrive, late; resolves with the server's answer to it, as text. */
  release(): Promise<string>;
}

/** Waits for an acknowledgement. */
export interface AckTrap {
  readonly match: (ack: PassingAck) => boolean;
  readonly spring: (ack: PassingAck) => void;
}

/** Waits for a published message, by subject. */
export interface PublishTrap {
  readonly match: (subject: string) => boolean;
  readonly spring: (held: HeldPublish) => void;
}

export type Side = "client" | "server";

/** What all connections of one proxy share. */
export interface Wiring {
  readonly sockets: Set<Socket>;
  readonly links: Set<Readonly<Record<Side, Socket>>>;
  /** Who is not heard at present. */
  readonly stalled: Set<Side>;
  readonly acks: Set<AckTrap>;
  readonly publishes: Set<PublishTrap>;
  readonly cut: () => void;
}

/** Connects the two sockets with each other, for as long as both live. */
export function relay(client: Socket, server: Socket, wiring: Wiring): void {
  const link = { isHeld: false, onAnswer: undefined as ((frame: Frame) => void) | undefined };
  const sides = { client, server };
  wiring.links.add(sides);
  client.once("close", () => wiring.links.delete(sides));
  adopt(client, wiring, () => {
    if (!link.isHeld) server.destroy();
  });
  adopt(server, wiring, () => client.destroy());
  const fromClient = createFrameSplitter();
  client.on("data", (chunk: Buffer) => {
    for (const frame of fromClient(chunk)) {
      const trap = publishTrap(frame, wiring);
      if (trap === undefined) server.write(frame.bytes);
      else {
        wiring.publishes.delete(trap);
        link.isHeld = true;
        client.destroy();
        trap.spring(hold(frame, server, (onAnswer) => (link.onAnswer = onAnswer)));
        return;
      }
    }
  });
  const fromServer = createFrameSplitter();
  server.on("data", (chunk: Buffer) => {
    for (const frame of fromServer(chunk)) {
      if (link.isHeld) link.onAnswer?.(frame);
      else if (springsAck(frame, wiring)) return;
      else client.write(frame.bytes);
    }
  });
  for (const side of wiring.stalled) sides[side].pause();
}

/** Lets what a side says wait where it stands. */
export function stall({ links, stalled }: Wiring, from: Side, on: boolean): void {
  if (on) stalled.add(from);
  else stalled.delete(from);
  for (const link of links) {
    if (on) link[from].pause();
    else link[from].resume();
  }
}

function adopt(socket: Socket, { sockets }: Wiring, onClose: () => void): void {
  sockets.add(socket);
  socket.setNoDelay(true);
  // A reset is what this proxy is for; "close" follows and takes the other side down.
  socket.on("error", () => {});
  socket.on("close", () => {
    sockets.delete(socket);
    onClose();
  });
}

function publishTrap({ message }: Frame, { publishes }: Wiring): PublishTrap | undefined {
  return message && [...publishes].find(({ match }) => match(message.subject));
}

/** The server's side of the connection stays open: its subscriptions still bring the answer to the late message. */
function hold(
  { bytes, message }: Frame,
  server: Socket,
  listen: (onAnswer: (frame: Frame) => void) => void,
): HeldPublish {
  return {
    subject: message?.subject ?? "",
    release: () =>
      new Promise((resolve, reject) => {
        server.once("close", () => reject(new Error("the server closed the connection before it answered")));
        listen((frame) => {
          if (frame.message === undefined || frame.message.subject !== message?.reply) return;
          resolve(frame.message.payload.toString("utf8"));
          server.destroy();
        });
        server.write(bytes);
      }),
  };
}

function springsAck({ message }: Frame, { acks, cut }: Wiring): boolean {
  const ack = message === undefined || acks.size === 0 ? undefined : ackIn(message.payload);
  const trap = ack === undefined ? undefined : [...acks].find(({ match }) => match(ack));
  if (trap === undefined || ack === undefined) return false;
  acks.delete(trap);
  cut();
  trap.spring(ack);
  return true;
}

function ackIn(payload: Buffer): PassingAck | undefined {
  const text = payload.toString("utf8");
  if (!text.startsWith('{"stream":') || !text.includes('"seq":')) return undefined;
  const { stream, seq, error } = JSON.parse(text) as { stream: string; seq: number; error?: unknown };
  return error === undefined ? { stream, sequence: seq } : undefined;
}
