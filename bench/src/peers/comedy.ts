// comedy 2 with in-memory actors. It is a promise a message and no mailbox: handlers of one actor interleave wherever they
// await, so its figures are not those of an actor that handles one message at a time.
import { createRequire } from "node:module";
import { Countdown } from "../countdown.ts";
import { inBursts, manyAtOnce, oneByOne } from "../drive.ts";
import { type Contender, nsEach } from "../measure.ts";
import type { Peer } from "./peer.ts";

interface Ref {
  send(topic: string, ...message: readonly unknown[]): Promise<void>;
  sendAndReceive(topic: string, ...message: readonly unknown[]): Promise<unknown>;
}

interface Parent extends Ref {
  createChild(definition: object): Promise<Ref>;
}

interface System {
  rootActor(): Promise<Parent>;
  destroy(): Promise<void>;
}

interface Comedy {
  createSystem(options: { readonly test: boolean }): System;
}

const comedyModule = createRequire(import.meta.url)("comedy") as Comedy;

/** `test` is its option for silence. */
async function quietSystem(): Promise<{ readonly root: Parent; readonly close: () => Promise<void> }> {
  const system = comedyModule.createSystem({ test: true });
  return { root: await system.rootActor(), close: () => system.destroy() };
}

function counter(done: Countdown): { add(amount: number): void } {
  let total = 0;
  return {
    add: (amount) => {
      total += amount;
      done.hit();
    },
  };
}

async function tell(): Promise<Contender> {
  const done = new Countdown();
  const { root, close } = await quietSystem();
  const one = await root.createChild(counter(done));
  return { run: (n) => nsEach(n, () => inBursts(n, done, () => void one.send("add", 1))), close };
}

async function pingPong(): Promise<Contender> {
  const done = new Countdown();
  const { root, close } = await quietSystem();
  const players: Ref[] = [];
  for (const other of [1, 0]) {
    const ball = (left: number): void => {
      if (left === 1) done.hit();
      else void players[other]?.send("ball", left - 1);
    };
    players.push(await root.createChild({ ball }));
  }
  return {
    run: (n) =>
      nsEach(n, async () => {
        const handled = done.from(1);
        void players[0]?.send("ball", n);
        await handled;
      }),
    close,
  };
}

async function asking(drive: typeof oneByOne): Promise<Contender> {
  const { root, close } = await quietSystem();
  let total = 0;
  const tally = await root.createChild({ add: (amount: number) => (total += amount) });
  const ask = (): Promise<number> => tally.sendAndReceive("add", 1) as Promise<number>;
  return { run: (n) => nsEach(n, () => drive(n, ask)), close };
}

function spawning(): Contender {
  const done = new Countdown();
  return {
    run: async (n) => {
      const { root, close } = await quietSystem();
      const ns = await nsEach(n, async () => {
        const handled = done.from(n);
        for (let i = 0; i < n; i++) void root.createChild(counter(done)).then((child) => child.send("add", 1));
        await handled;
      });
      await close();
      return ns;
    },
  };
}

export const comedy: Peer = {
  name: "comedy",
  note: "not serialised: handlers of one actor interleave where they await",
  rows: {
    tell: { n: 200_000, open: tell },
    "ping-pong": { n: 300_000, open: pingPong },
    "ask-sequential": { n: 100_000, open: () => asking(oneByOne) },
    "ask-1k": { n: 200_000, open: () => asking(manyAtOnce) },
    spawn: { n: 20_000, open: spawning },
  },
};
