// Many tells from outside: in bursts to one actor, in one deep burst, and spread over many actors.
import { type ActorRef, type ActorSystem, host } from "@aether/actor";
import { Countdown } from "../countdown.ts";
import { type Contender, nsEach } from "../measure.ts";
import { Counter, handCounter } from "./counter.ts";
import { ownSystem } from "./own-system.ts";
import type { Workload } from "./workload.ts";

const burst = 1_000;
const deepest = 1_000_000;
const receivers = 10_000;

async function counterSystem(done: Countdown, mailboxCapacity = 10_000): Promise<ActorSystem> {
  return await ownSystem(host(Counter, { create: () => new Counter(done), mailboxCapacity }));
}

async function bursts(): Promise<Contender> {
  const done = new Countdown();
  const system = await counterSystem(done);
  const counter = system.ref(Counter, "one");
  return {
    run: (n) =>
      nsEach(n, async () => {
        for (let sent = 0; sent < n; sent += burst) {
          const handled = done.from(burst);
          for (let i = 0; i < burst; i++) counter.tell.add(1);
          await handled;
        }
      }),
    close: () => system.stop(),
  };
}

function handBursts(): Contender {
  const done = new Countdown();
  const counter = handCounter(done);
  return {
    run: (n) =>
      nsEach(n, async () => {
        for (let sent = 0; sent < n; sent += burst) {
          const handled = done.from(burst);
          for (let i = 0; i < burst; i++) counter.tell({ type: "add", amount: 1 });
          await handled;
        }
      }),
  };
}

/** A new actor for each run: both sides then grow their mailbox from nothing. */
async function deep(): Promise<Contender> {
  const done = new Countdown();
  const system = await counterSystem(done, deepest);
  let runs = 0;
  return {
    run: (n) => {
      const counter = system.ref(Counter, `run-${runs++}`);
      return nsEach(n, async () => {
        const handled = done.from(n);
        for (let i = 0; i < n; i++) counter.tell.add(1);
        await handled;
      });
    },
    close: () => system.stop(),
  };
}

function handDeep(): Contender {
  const done = new Countdown();
  return {
    run: (n) => {
      const counter = handCounter(done);
      return nsEach(n, async () => {
        const handled = done.from(n);
        for (let i = 0; i < n; i++) counter.tell({ type: "add", amount: 1 });
        await handled;
      });
    },
  };
}

async function fanOut(): Promise<Contender> {
  const done = new Countdown();
  const system = await counterSystem(done);
  const counters: ActorRef<Counter>[] = Array.from({ length: receivers }, (_, i) => system.ref(Counter, `c${i}`));
  return {
    run: (n) =>
      nsEach(n, async () => {
        const handled = done.from(n);
        for (let sent = 0; sent < n; sent += receivers) for (const counter of counters) counter.tell.add(1);
        await handled;
      }),
    close: () => system.stop(),
  };
}

function handFanOut(): Contender {
  const done = new Countdown();
  const counters = Array.from({ length: receivers }, () => handCounter(done));
  return {
    run: (n) =>
      nsEach(n, async () => {
        const handled = done.from(n);
        for (let sent = 0; sent < n; sent += receivers) {
          for (const counter of counters) counter.tell({ type: "add", amount: 1 });
        }
        await handled;
      }),
  };
}

const ratio = { unit: "ns", bounded: "ratio" } as const;

export const tell1k: Workload = {
  ...ratio,
  name: "tell-1k",
  n: 2_000_000,
  atMost: 2,
  aim: 1.3,
  ours: bursts,
  limit: handBursts,
};

export const tell1m: Workload = {
  ...ratio,
  name: "tell-1m",
  n: deepest,
  atMost: 2,
  aim: 1.3,
  ours: deep,
  limit: handDeep,
};

export const fanOut100: Workload = {
  ...ratio,
  name: "fan-out",
  n: receivers * 100,
  atMost: 2,
  aim: 1.5,
  ours: fanOut,
  limit: handFanOut,
};
