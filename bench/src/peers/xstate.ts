// xstate 5 with `fromTransition`, its fastest logic that has state. `send` runs the receiver on the stack of the caller:
// there is no queue between two actors, no fairness, no bound, and a chain of some thousand actors overflows the stack. It
// has no ask; what stands for one is a promise whose `resolve` travels in the event. Each logic looks at the type of the
// event, as it gets those of xstate's own too (`xstate.stop`).
import { type ActorRefFrom, createActor, fromTransition, type TransitionActorLogic } from "xstate";
import { Countdown } from "../countdown.ts";
import { inBursts, manyAtOnce, oneByOne } from "../drive.ts";
import { type Contender, nsEach } from "../measure.ts";
import type { Peer } from "./peer.ts";

type Logic<Event extends { readonly type: string }> = TransitionActorLogic<number, Event, undefined>;

interface Add {
  readonly type: "add";
  readonly amount: number;
}

function counterLogic(done: Countdown): Logic<Add> {
  return fromTransition((total: number, event: Add) => {
    if (event.type !== "add") return total;
    done.hit();
    return total + event.amount;
  }, 0);
}

function tell(): Contender {
  const done = new Countdown();
  const counter = createActor(counterLogic(done)).start();
  return {
    run: (n) => nsEach(n, () => inBursts(n, done, () => counter.send({ type: "add", amount: 1 }))),
    close: async () => void counter.stop(),
  };
}

interface Ball {
  readonly type: "ball";
  readonly left: number;
}

function pingPong(): Contender {
  const done = new Countdown();
  const players: ActorRefFrom<Logic<Ball>>[] = [];
  for (const other of [1, 0]) {
    const logic: Logic<Ball> = fromTransition((hits: number, event: Ball) => {
      if (event.type !== "ball") return hits;
      if (event.left === 1) done.hit();
      else players[other]?.send({ type: "ball", left: event.left - 1 });
      return hits + 1;
    }, 0);
    players.push(createActor(logic).start());
  }
  return {
    run: (n) =>
      nsEach(n, async () => {
        const handled = done.from(1);
        players[0]?.send({ type: "ball", left: n });
        await handled;
      }),
    close: async () => {
      for (const player of players) player.stop();
    },
  };
}

interface AskAdd {
  readonly type: "add";
  readonly amount: number;
  readonly resolve: (total: number) => void;
}

function asking(drive: typeof oneByOne): Contender {
  const logic: Logic<AskAdd> = fromTransition((total: number, event: AskAdd) => {
    if (event.type !== "add") return total;
    event.resolve(total + event.amount);
    return total + event.amount;
  }, 0);
  const tally = createActor(logic).start();
  const ask = (): Promise<number> => new Promise((resolve) => tally.send({ type: "add", amount: 1, resolve }));
  return { run: (n) => nsEach(n, () => drive(n, ask)), close: async () => void tally.stop() };
}

function spawning(): Contender {
  const done = new Countdown();
  const logic = counterLogic(done);
  return {
    run: async (n) => {
      const children: ActorRefFrom<Logic<Add>>[] = [];
      const ns = await nsEach(n, async () => {
        const handled = done.from(n);
        for (let i = 0; i < n; i++) {
          const child = createActor(logic).start();
          children.push(child);
          child.send({ type: "add", amount: 1 });
        }
        await handled;
      });
      for (const child of children) child.stop();
      return ns;
    },
  };
}

export const xstate: Peer = {
  name: "xstate",
  note: "synchronous: send runs the receiver on the caller's stack, no mailbox between two actors",
  rows: {
    tell: { n: 1_000_000, open: tell },
    "ping-pong": { n: 500_000, open: pingPong },
    "ask-sequential": { n: 300_000, open: () => asking(oneByOne) },
    "ask-1k": { n: 500_000, open: () => asking(manyAtOnce) },
    spawn: { n: 50_000, open: spawning },
  },
};
