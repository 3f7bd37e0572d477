// One line between nodes, with the transport in the hands of a test.
import { ActorAddress, EncodedValue, type Envelope, type ReplyTo } from "@aether/actor";
import { createVirtualTime, type VirtualTime } from "@aether/actor/testing";
import type { PeerListener } from "@aether/cluster";
import { AddressTable, decodeFrame, type Frame } from "../src/frame-reading.ts";
import type { Load } from "../src/intake.ts";
import { PeerLink } from "../src/peer-link.ts";

export interface LinkDouble {
  readonly time: VirtualTime;
  readonly link: PeerLink;
  readonly frames: { n: number; bytes: number; frame: Frame }[];
  /** What the link told its node, in order. */
  readonly news: string[];
  readonly transport: { isConnected: boolean; maxFrameBytes: number; failure: Error | undefined };
  readonly listener: () => PeerListener;
  readonly probes: () => number;
}

export function linkDouble(maxFrameBytes: number = 10_000): LinkDouble {
  const time = createVirtualTime();
  const frames: LinkDouble["frames"] = [];
  const news: string[] = [];
  const transport = { isConnected: true, maxFrameBytes, failure: undefined as Error | undefined };
  let listener!: PeerListener;
  let probes = 0;
  let lastMessage = 0;
  let lastLine = 6;
  const nameOf = ({ command, args }: Envelope): string =>
    `${command}${args instanceof EncodedValue ? args.json : JSON.stringify(args)}`;
  const unused = (): never => {
    throw new Error("not used by a line");
  };
  const link = new PeerLink(
    {
      ...time,
      transport: {
        get maxFrameBytes() {
          return transport.maxFrameBytes;
        },
        get isConnected() {
          return transport.isConnected;
        },
        listen: unused,
        broadcast: unused,
        onBroadcast: unused,
        onStatus: unused,
        connect: (_to, given) => {
          listener = given;
          return {
            send: (bytes, n) => {
              if (transport.failure !== undefined) throw transport.failure;
              if (transport.isConnected) frames.push({ n, bytes: bytes.length, frame: decodeFrame(bytes) });
              return transport.isConnected;
            },
            probe: () => probes++,
            close: () => news.push("closed"),
          };
        },
      },
      nextLine: () => ++lastLine,
      nextMessage: () => ++lastMessage,
      header: () => ({ from: { node: "a", epoch: 1 }, revision: 4 }),
      nobodyListens: () => news.push("nobody listens"),
      heard: () => news.push("heard"),
      undelivered: (envelope, { reason, revision }) =>
        news.push(`${nameOf(envelope)} undelivered: ${reason} ${revision}`),
      sendAgain: (envelope) => news.push(`again ${nameOf(envelope)}`),
      refuse: (envelope, error) =>
        news.push(`refused ${envelope.command}: ${(error as { code?: string }).code ?? error.message}`),
    },
    { node: "b", epoch: 2 },
  );
  return { time, link, frames, news, transport, listener: () => listener, probes: () => probes };
}

export interface MessageOptions {
  readonly ask?: boolean;
  readonly commandId?: string;
  readonly args?: readonly unknown[];
  readonly withinMs?: number;
}

/** What became of an ask is in `outcome`. */
export function messageTo(
  { time }: { time: VirtualTime },
  command: string,
  options: MessageOptions = {},
): Envelope & { outcome: () => string } {
  let outcome = "waiting";
  const reply: ReplyTo = {
    wantsReply: true,
    get isSettled() {
      return outcome !== "waiting";
    },
    succeed: (value) => void (outcome = `done ${JSON.stringify(value)}`),
    fail: (error) => void (outcome = `failed ${(error as { code?: string }).code}`),
    undelivered: () => undefined,
  };
  return {
    to: new ActorAddress("t", "1"),
    command,
    args: options.args ?? [],
    deadline: time.clock.now() + (options.withinMs ?? 5_000),
    reply: options.ask === false ? undefined : reply,
    sender: undefined,
    commandId: options.commandId,
    answeredBelow: 0,
    chain: [],
    headers: undefined,
    next: undefined,
    outcome: () => outcome,
  };
}

/** The commands in a frame. */
export function commandsOf({ frame }: { frame: Frame }): string[] {
  return frame.messages.map((message) => (message as string[])[3] as string);
}

export interface AnswerOptions {
  /** The frame's number; bare without one. */
  readonly n?: number;
  readonly messages?: number;
  readonly weight?: number;
  readonly line?: number;
  readonly heard?: number;
  readonly handled?: number;
  readonly isMissing?: boolean;
  readonly isAsking?: boolean;
  readonly dropped?: readonly number[];
}

/** A frame of the other node arrives. */
export function arrive({ link }: LinkDouble, options: AnswerOptions): Load | undefined {
  const {
    n,
    messages = 0,
    weight = 0,
    line = 1,
    heard = 0,
    handled = 0,
    isMissing = false,
    isAsking = false,
  } = options;
  return link.received({
    from: { node: "b", epoch: 2 },
    revision: 4,
    place: { line, n: n ?? 0, weight, isBare: n === undefined },
    ack: { line: 7, heard, handled, isMissing },
    isAsking,
    addresses: new AddressTable([], false),
    messages: Array.from({ length: messages }),
    replies: [],
    dropped: options.dropped ?? [],
    bytes: weight + 100,
  });
}
