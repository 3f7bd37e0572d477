// nact 7: functions as actors, a mailbox each, one `setImmediate` and one promise a message. Serialised like ours; its
// mailboxes are not bounded.
import { createRequire } from "node:module";
import { Countdown } from "../countdown.ts";
import { inBursts, manyAtOnce, oneByOne } from "../drive.ts";
import { type Contender, nsEach } from "../measure.ts";
import type { Peer } from "./peer.ts";

/** Marks what a ref takes; nact's own types leave that open. */
interface Ref<Message> {
  readonly takes?: (message: Message) => void;
}

interface Nact {
  readonly start: () => Ref<never>;
  readonly stop: (ref: Ref<never>) => void;
  readonly spawn: <State, Message>(
    parent: Ref<never>,
    receive: (state: State, message: Message) => State,
    name: string,
    properties: { readonly initialState: State },
  ) => Ref<Message>;
  readonly dispatch: <Message>(ref: Ref<Message>, message: Message) => void;
  readonly query: <Message, Reply>(
    ref: Ref<Message>,
    make: (replyTo: Ref<Reply>) => Message,
    timeoutMs: number,
  ) => Promise<Reply>;
}

const { start, stop, spawn, dispatch, query } = createRequire(import.meta.url)("nact") as Nact;

const askTimeoutMs = 5_000;

interface Add {
  readonly amount: number;
}

function spawnCounter(parent: Ref<never>, name: string, done: Countdown): Ref<Add> {
  const add = (total: number, { amount }: Add): number => {
    done.hit();
    return total + amount;
  };
  return spawn(parent, add, name, { initialState: 0 });
}

function tell(): Contender {
  const done = new Countdown();
  const system = start();
  const counter = spawnCounter(system, "counter", done);
  return {
    run: (n) => nsEach(n, () => inBursts(n, done, () => dispatch(counter, { amount: 1 }))),
    close: async () => stop(system),
  };
}

interface Ball {
  readonly left: number;
  readonly from: Ref<Ball>;
}

function pingPong(): Contender {
  const done = new Countdown();
  const system = start();
  const player = (name: string): Ref<Ball> => {
    const self: Ref<Ball> = spawn(
      system,
      (hits: number, { left, from }: Ball) => {
        if (left === 1) done.hit();
        else dispatch(from, { left: left - 1, from: self });
        return hits + 1;
      },
      name,
      { initialState: 0 },
    );
    return self;
  };
  const [first, second] = [player("first"), player("second")];
  return {
    run: (n) =>
      nsEach(n, async () => {
        const handled = done.from(1);
        dispatch(first, { left: n, from: second });
        await handled;
      }),
    close: async () => stop(system),
  };
}

interface AskAdd extends Add {
  readonly replyTo: Ref<number>;
}

function asking(drive: typeof oneByOne): Contender {
  const system = start();
  const add = (total: number, { amount, replyTo }: AskAdd): number => {
    dispatch(replyTo, total + amount);
    return total + amount;
  };
  const tally = spawn(system, add, "tally", { initialState: 0 });
  const ask = (): Promise<number> =>
    query(tally, (replyTo: Ref<number>): AskAdd => ({ amount: 1, replyTo }), askTimeoutMs);
  return { run: (n) => nsEach(n, () => drive(n, ask)), close: async () => stop(system) };
}

function spawning(): Contender {
  const done = new Countdown();
  return {
    run: async (n) => {
      const system = start();
      const ns = await nsEach(n, async () => {
        const handled = done.from(n);
        for (let i = 0; i < n; i++) dispatch(spawnCounter(system, `child-${i}`, done), { amount: 1 });
        await handled;
      });
      stop(system);
      return ns;
    },
  };
}

export const nact: Peer = {
  name: "nact",
  rows: {
    tell: { n: 200_000, open: tell },
    "ping-pong": { n: 200_000, open: pingPong },
    "ask-sequential": { n: 100_000, open: () => asking(oneByOne) },
    "ask-1k": { n: 100_000, open: () => asking(manyAtOnce) },
    spawn: { n: 50_000, open: spawning },
  },
};
