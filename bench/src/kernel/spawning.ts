// Actors that make actors: a tree of a million leaves that sum up, and one parent with very many children.
import { Actor, type ActorRef, host } from "@aether/actor";
import { Countdown } from "../countdown.ts";
import { type Contender, nsEach } from "../measure.ts";
import { Counter, type CounterMessage, handCounter } from "./counter.ts";
import { HandActor } from "./limit.ts";
import { ownSystem } from "./own-system.ts";
import type { Workload } from "./workload.ts";

const branches = 10;
const childrenPerTurn = 10_000;

/**
 * A small family of either side lives on while runs come and go, as in a program that goes on: V8 forgets the shape of
 * objects with the last of them, and the code for it.
 */
const living: object[] = [];

class Nest extends Actor {
  static type = "nest";
  readonly #done: Countdown;

  constructor(done: Countdown) {
    super();
    this.#done = done;
  }

  hatch(leaves: number): void {
    this.ctx.spawn(Skynet).tell.grow(this.ctx.self(Nest), 0, leaves);
  }

  collect(_sum: number): void {
    this.#done.hit();
  }
}

class Skynet extends Actor {
  static type = "skynet";
  #parent: ActorRef<Skynet> | ActorRef<Nest> | undefined;
  #missing = branches;
  #sum = 0;

  grow(parent: ActorRef<Skynet> | ActorRef<Nest>, first: number, leaves: number): void {
    if (leaves === 1) return parent.tell.collect(first);
    this.#parent = parent;
    const self = this.ctx.self(Skynet);
    const share = leaves / branches;
    for (let i = 0; i < branches; i++) this.ctx.spawn(Skynet).tell.grow(self, first + i * share, share);
  }

  collect(sum: number): void {
    this.#sum += sum;
    if (--this.#missing === 0) this.#parent?.tell.collect(this.#sum);
  }
}

/** A system of its own for each run, which is dropped with its actors: to stop them in order takes longer than the run. */
async function skynetOfOurs(): Promise<Contender> {
  const run = async (n: number, livesOn = false): Promise<number> => {
    const done = new Countdown();
    const system = await ownSystem(host(Nest, { create: () => new Nest(done) }));
    if (livesOn) living.push(system);
    const nest = system.ref(Nest, "nest");
    return await nsEach(n, async () => {
      const summed = done.from(1);
      nest.tell.hatch(n);
      await summed;
    });
  };
  await run(branches, true);
  return { run: (n) => run(n) };
}

type SkynetMessage =
  | {
      readonly type: "grow";
      readonly parent: HandActor<SkynetMessage>;
      readonly first: number;
      readonly leaves: number;
    }
  | { readonly type: "collect"; readonly sum: number };

function handSkynet(): HandActor<SkynetMessage> {
  let parent: HandActor<SkynetMessage> | undefined;
  let missing = branches;
  let total = 0;
  const self: HandActor<SkynetMessage> = new HandActor((message) => {
    if (message.type === "collect") {
      total += message.sum;
      if (--missing === 0) parent?.tell({ type: "collect", sum: total });
      return;
    }
    const { first, leaves } = message;
    if (leaves === 1) return message.parent.tell({ type: "collect", sum: first });
    parent = message.parent;
    const share = leaves / branches;
    for (let i = 0; i < branches; i++) {
      handSkynet().tell({ type: "grow", parent: self, first: first + i * share, leaves: share });
    }
  });
  return self;
}

async function skynetByHand(): Promise<Contender> {
  const done = new Countdown();
  const nest = new HandActor<SkynetMessage>(() => done.hit());
  const run = (n: number, livesOn = false): Promise<number> => {
    const root = handSkynet();
    if (livesOn) living.push(root);
    return nsEach(n, async () => {
      const summed = done.from(1);
      root.tell({ type: "grow", parent: nest, first: 0, leaves: n });
      await summed;
    });
  };
  await run(branches, true);
  return { run: (n) => run(n) };
}

class Parent extends Actor {
  static type = "parent";
  readonly #children: ActorRef<Counter>[] = [];
  readonly #options: { readonly create: () => Counter };

  constructor(done: Countdown) {
    super();
    this.#options = { create: () => new Counter(done) };
  }

  bear(children: number): void {
    for (let i = 0; i < Math.min(children, childrenPerTurn); i++) {
      const child = this.ctx.spawn(Counter, this.#options);
      this.#children.push(child);
      child.tell.add(1);
    }
    if (children > childrenPerTurn) this.ctx.self(Parent).tell.bear(children - childrenPerTurn);
  }
}

async function spawnOfOurs(): Promise<Contender> {
  const run = async (n: number, livesOn = false): Promise<number> => {
    const done = new Countdown();
    const system = await ownSystem(host(Parent, { create: () => new Parent(done) }));
    if (livesOn) living.push(system);
    const parent = system.ref(Parent, "parent");
    return await nsEach(n, async () => {
      const handled = done.from(n);
      parent.tell.bear(n);
      await handled;
    });
  };
  await run(1, true);
  return { run: (n) => run(n) };
}

function handParent(done: Countdown): HandActor<number> {
  const children: HandActor<CounterMessage>[] = [];
  const self: HandActor<number> = new HandActor((left) => {
    for (let i = 0; i < Math.min(left, childrenPerTurn); i++) {
      const child = handCounter(done);
      children.push(child);
      child.tell({ type: "add", amount: 1 });
    }
    if (left > childrenPerTurn) self.tell(left - childrenPerTurn);
  });
  return self;
}

async function spawnByHand(): Promise<Contender> {
  const done = new Countdown();
  const run = (n: number, livesOn = false): Promise<number> => {
    const parent = handParent(done);
    if (livesOn) living.push(parent);
    return nsEach(n, async () => {
      const handled = done.from(n);
      parent.tell(n);
      await handled;
    });
  };
  await run(1, true);
  return { run: (n) => run(n) };
}

const ratio = { unit: "ns", bounded: "ratio" } as const;

/** Nanoseconds for each leaf; it makes 1.11 actors and sends 2.22 messages for each. */
export const skynet: Workload = {
  ...ratio,
  name: "skynet",
  n: 1_000_000,
  atMost: 1.8,
  aim: 1.2,
  ours: skynetOfOurs,
  limit: skynetByHand,
};

const spawn = {
  ...ratio,
  name: "spawn",
  atMost: 2.5,
  aim: 1.3,
  ours: spawnOfOurs,
  limit: spawnByHand,
};

export const spawn100k: Workload = { ...spawn, n: 100_000 };
export const spawn1m: Workload = { ...spawn, n: 1_000_000 };
