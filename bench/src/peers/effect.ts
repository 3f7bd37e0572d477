// effect 4: an actor as one writes it with Effect, an unbounded `Queue` and a fiber that takes from it forever; an ask is
// a `Deferred` in the message. From outside it is offered to by `offerUnsafe`, the cheapest public way.
import { Deferred, Effect, Fiber, Queue } from "effect";
import { Countdown } from "../countdown.ts";
import { inBursts } from "../drive.ts";
import { type Contender, nsEach } from "../measure.ts";
import type { Peer } from "./peer.ts";

const inFlight = 1_000;

interface Actor<Message> {
  readonly queue: Queue.Queue<Message>;
  readonly fiber: Fiber.Fiber<never>;
}

/** Not a child of who makes it: it lives until it is interrupted. */
function actor<Message>(receive: (message: Message) => Effect.Effect<void>): Effect.Effect<Actor<Message>> {
  return Effect.gen(function* () {
    const queue = yield* Queue.unbounded<Message>();
    const fiber = yield* Effect.forkDetach(Effect.forever(Effect.flatMap(Queue.take(queue), receive)));
    return { queue, fiber };
  });
}

async function stop(actors: readonly Pick<Actor<never>, "fiber">[]): Promise<void> {
  await Effect.runPromise(Fiber.interruptAll(actors.map(({ fiber }) => fiber)));
}

interface Add {
  readonly amount: number;
}

function counter(done: Countdown): Effect.Effect<Actor<Add>> {
  let total = 0;
  return actor(({ amount }) =>
    Effect.sync(() => {
      total += amount;
      done.hit();
    }),
  );
}

async function tell(): Promise<Contender> {
  const done = new Countdown();
  const one = await Effect.runPromise(counter(done));
  return {
    run: (n) => nsEach(n, () => inBursts(n, done, () => Queue.offerUnsafe(one.queue, { amount: 1 }))),
    close: () => stop([one]),
  };
}

interface Ball {
  readonly left: number;
}

async function pingPong(): Promise<Contender> {
  const done = new Countdown();
  const players: Actor<Ball>[] = [];
  for (const other of [1, 0]) {
    const player = actor<Ball>(({ left }) => {
      if (left === 1) return Effect.sync(() => done.hit());
      return Effect.asVoid(Queue.offer((players[other] as Actor<Ball>).queue, { left: left - 1 }));
    });
    players.push(await Effect.runPromise(player));
  }
  return {
    run: (n) =>
      nsEach(n, async () => {
        const handled = done.from(1);
        Queue.offerUnsafe((players[0] as Actor<Ball>).queue, { left: n });
        await handled;
      }),
    close: () => stop(players),
  };
}

interface AskAdd {
  readonly amount: number;
  readonly reply: Deferred.Deferred<number>;
}

type Drive = (n: number, queue: Queue.Queue<AskAdd>) => Effect.Effect<void>;

function oneByOne(n: number, queue: Queue.Queue<AskAdd>): Effect.Effect<void> {
  return Effect.gen(function* () {
    for (let i = 0; i < n; i++) {
      const reply = yield* Deferred.make<number>();
      yield* Queue.offer(queue, { amount: 1, reply });
      yield* Deferred.await(reply);
    }
  });
}

function manyAtOnce(n: number, queue: Queue.Queue<AskAdd>): Effect.Effect<void> {
  return Effect.gen(function* () {
    for (let sent = 0; sent < n; sent += inFlight) {
      const replies: Deferred.Deferred<number>[] = [];
      for (let i = 0; i < inFlight; i++) {
        const reply = yield* Deferred.make<number>();
        replies.push(reply);
        yield* Queue.offer(queue, { amount: 1, reply });
      }
      for (const reply of replies) yield* Deferred.await(reply);
    }
  });
}

async function asking(drive: Drive): Promise<Contender> {
  let total = 0;
  const tally = await Effect.runPromise(
    actor<AskAdd>(({ amount, reply }) => Effect.asVoid(Deferred.succeed(reply, (total += amount)))),
  );
  return {
    run: (n) => nsEach(n, () => Effect.runPromise(drive(n, tally.queue))),
    close: () => stop([tally]),
  };
}

function spawning(): Contender {
  const done = new Countdown();
  return {
    run: async (n) => {
      const children: Actor<Add>[] = [];
      const ns = await nsEach(n, async () => {
        const handled = done.from(n);
        await Effect.runPromise(
          Effect.gen(function* () {
            for (let i = 0; i < n; i++) {
              const child = yield* counter(done);
              children.push(child);
              yield* Queue.offer(child.queue, { amount: 1 });
            }
          }),
        );
        await handled;
      });
      await stop(children);
      return ns;
    },
  };
}

export const effect: Peer = {
  name: "effect",
  note: "Queue and fiber, as there is no local actor; not its cluster entities",
  rows: {
    tell: { n: 200_000, open: tell },
    "ping-pong": { n: 200_000, open: pingPong },
    "ask-sequential": { n: 100_000, open: () => asking(oneByOne) },
    "ask-1k": { n: 100_000, open: () => asking(manyAtOnce) },
    spawn: { n: 20_000, open: spawning },
  },
};
