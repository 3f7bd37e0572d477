// The contract of `Transport` as cases: order per pair of nodes, and the news that nobody listens.
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { NodeAddress } from "../contracts/node.ts";
import type { Peer, Transport } from "../contracts/transport.ts";
import { eventually } from "./eventually.ts";
import { bindCases, type SuiteCase, type SuiteOptions, type SuitePlace } from "./suite-case.ts";

/**
 * The cases that a transport has to pass.
 * @example for (const { name, run } of transportSuite({ place })) it(name, run);
 */
export function transportSuite(options: SuiteOptions): SuiteCase[] {
  return bindCases(options, { ...frameCases, ...listenerCases, ...connectionCases });
}

const b1: NodeAddress = { node: "b", epoch: 1 };
const b2: NodeAddress = { node: "b", epoch: 2 };

const frameCases = {
  "brings frames in order": async (place: SuitePlace) => {
    const [a, b] = [await transportOf(place, "a"), await transportOf(place, "b")];
    const frames = listen(b, b1);
    await connected(b);
    const { peer } = connect(a, b1);
    const sent = Array.from({ length: 500 }, (_, i) => `frame ${i}`);
    sent.forEach((text, i) => strictEqual(peer.send(Buffer.from(text), i + 1), true));
    await eventually(() => frames, sent);
  },
  "brings a frame of the largest size unchanged": async (place: SuitePlace) => {
    const [a, b] = [await transportOf(place, "a"), await transportOf(place, "b")];
    const frames = listen(b, b1);
    await connected(b);
    const text = "x".repeat(a.maxFrameBytes);
    connect(a, b1).peer.send(Buffer.from(text), 1);
    await eventually(() => frames.map((frame) => frame.length), [text.length]);
    strictEqual(frames[0], text);
  },
  "tells one start of a node from another": async (place: SuitePlace) => {
    const [a, b] = [await transportOf(place, "a"), await transportOf(place, "b")];
    const [first, second] = [listen(b, b1), listen(b, b2)];
    await connected(b);
    connect(a, b2).peer.send(Buffer.from("to the second"), 1);
    connect(a, b1).peer.send(Buffer.from("to the first"), 1);
    await eventually(() => [first, second], [["to the first"], ["to the second"]]);
  },
  "brings broadcasts to all nodes": async (place: SuitePlace) => {
    const [a, b, c] = [await transportOf(place, "a"), await transportOf(place, "b"), await transportOf(place, "c")];
    const heard: string[][] = [[], []];
    b.onBroadcast((beat) => void heard[0]?.push(textOf(beat)));
    const stop = c.onBroadcast((beat) => void heard[1]?.push(textOf(beat)));
    await connected(a, b, c);
    a.broadcast(Buffer.from("one"));
    await eventually(() => heard, [["one"], ["one"]]);
    stop();
    a.broadcast(Buffer.from("two"));
    await eventually(() => heard, [["one", "two"], ["one"]]);
  },
};

const listenerCases = {
  "says of each frame for a start that does not listen that it met nobody, by its number": async (
    place: SuitePlace,
  ) => {
    const [a, b] = [await transportOf(place, "a"), await transportOf(place, "b")];
    const frames = listen(b, b2);
    const { peer, news } = connect(a, b1);
    for (const n of [1, 2, 3]) peer.send(Buffer.from("lost"), n);
    await eventually(() => news, ["nobody 1", "nobody 2", "nobody 3"]);
    deepStrictEqual(frames, []);
  },
  "says so of a node that no longer listens": async (place: SuitePlace) => {
    const [a, b] = [await transportOf(place, "a"), await transportOf(place, "b")];
    const frames: string[] = [];
    const stop = b.listen(b1, (frame) => void frames.push(textOf(frame)));
    const { peer, news } = connect(a, b1);
    await connected(b);
    peer.send(Buffer.from("heard"), 1);
    await eventually(() => frames, ["heard"]);
    stop();
    await connected(b);
    peer.send(Buffer.from("lost"), 2);
    await eventually(() => news, ["nobody 2"]);
  },
  "answers a probe of a node that listens with a sign of life": async (place: SuitePlace) => {
    const [a, b] = [await transportOf(place, "a"), await transportOf(place, "b")];
    const frames = listen(b, b1);
    await connected(b);
    const { peer, news } = connect(a, b1);
    peer.probe();
    await eventually(() => news, ["alive"]);
    deepStrictEqual(frames, []);
  },
  "answers a probe that meets nobody as frame 0": async (place: SuitePlace) => {
    const { peer, news } = connect(await transportOf(place, "a"), b1);
    peer.probe();
    await eventually(() => news, ["nobody 0"]);
  },
};

const connectionCases = {
  "sends nothing while disconnected, and says so": async (place: SuitePlace) => {
    const [a, b] = [await transportOf(place, "a"), await transportOf(place, "b")];
    const frames = listen(b, b1);
    await connected(b);
    const { peer } = connect(a, b1);
    await place.cut("a");
    strictEqual(a.isConnected, false);
    strictEqual(peer.send(Buffer.from("lost"), 1), false);
    a.broadcast(Buffer.from("lost"));
    peer.probe();
    await place.heal("a");
    strictEqual(peer.send(Buffer.from("heard"), 2), true);
    await eventually(() => frames, ["heard"]);
  },
  "tells when the connection goes and when it is back": async (place: SuitePlace) => {
    const a = await transportOf(place, "a");
    const statuses: string[] = [];
    a.onStatus((status) => void statuses.push(status));
    await place.cut("a");
    await eventually(() => statuses, ["disconnected"]);
    await place.heal("a");
    await eventually(() => statuses, ["disconnected", "reconnected"]);
    strictEqual(a.isConnected, true);
  },
  "listens again by itself after a break": async (place: SuitePlace) => {
    const [a, b] = [await transportOf(place, "a"), await transportOf(place, "b")];
    const frames = listen(b, b1);
    await place.cut("b");
    await place.heal("b");
    await connected(b);
    connect(a, b1).peer.send(Buffer.from("heard"), 1);
    await eventually(() => frames, ["heard"]);
  },
};

async function transportOf(place: SuitePlace, node: string): Promise<Transport> {
  return (await place.open(node)).transport;
}

function listen(transport: Transport, self: NodeAddress): string[] {
  const frames: string[] = [];
  transport.listen(self, (frame) => void frames.push(textOf(frame)));
  return frames;
}

function connect(transport: Transport, to: NodeAddress): { peer: Peer; news: string[] } {
  const news: string[] = [];
  const peer = transport.connect(to, {
    nobodyListens: (n) => void news.push(`nobody ${n}`),
    alive: () => void news.push("alive"),
  });
  return { peer, news };
}

/** Waits until what these transports asked of their server so far has arrived there: probes to oneself come back. */
async function connected(...transports: readonly Transport[]): Promise<void> {
  for (const [i, transport] of transports.entries()) {
    const self = { node: `waiting-${i}`, epoch: 1 };
    const stop = transport.listen(self, () => undefined);
    const { peer, news } = connect(transport, self);
    peer.probe();
    await eventually(() => news.length, 1);
    stop();
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
