// Asks from outside: one at a time, a thousand in flight, and through refs that are made anew for each call.
import { Actor, type ActorRef } from "@aether/actor";
import { manyAtOnce, oneByOne } from "../drive.ts";
import { type Contender, nsEach } from "../measure.ts";
import { HandActor } from "./limit.ts";
import { ownSystem } from "./own-system.ts";
import type { Workload } from "./workload.ts";

const virtualActors = 1_000;

class Tally extends Actor {
  static type = "tally";
  #total = 0;

  add(amount: number): number {
    return (this.#total += amount);
  }
}

interface Add {
  readonly amount: number;
  readonly resolve: (total: number) => void;
}

function handTally(): HandActor<Add> {
  let total = 0;
  return new HandActor(({ amount, resolve }) => resolve((total += amount)));
}

function handAsk(tally: HandActor<Add>): Promise<number> {
  return new Promise((resolve) => tally.tell({ amount: 1, resolve }));
}

type Drive = typeof oneByOne;

async function asking(drive: Drive): Promise<Contender> {
  const system = await ownSystem(Tally);
  const tally = system.ref(Tally, "one");
  return { run: (n) => nsEach(n, () => drive(n, () => tally.ask.add(1))), close: () => system.stop() };
}

function handAsking(drive: Drive): Contender {
  const tally = handTally();
  return { run: (n) => nsEach(n, () => drive(n, () => handAsk(tally))) };
}

const ids = Array.from({ length: virtualActors }, (_, i) => `tally-${i}`);

/** The same actors in the same order on both sides, so that only the making of refs differs. */
async function asksOverMany(refs: "held" | "made anew"): Promise<Contender> {
  const system = await ownSystem(Tally);
  const held: readonly ActorRef<Tally>[] = ids.map((id) => system.ref(Tally, id));
  await Promise.all(held.map((ref) => ref.ask.add(0)));
  const refOf =
    refs === "held"
      ? (i: number) => held[i % virtualActors] as ActorRef<Tally>
      : (i: number) => system.ref(Tally, ids[i % virtualActors] as string);
  return {
    run: (n) =>
      nsEach(n, async () => {
        for (let i = 0; i < n; i++) await refOf(i).ask.add(1);
      }),
    close: () => system.stop(),
  };
}

const ratio = { unit: "ns", bounded: "ratio" } as const;

export const askSequential: Workload = {
  ...ratio,
  name: "ask-sequential",
  n: 300_000,
  atMost: 2,
  aim: 1.4,
  ours: () => asking(oneByOne),
  limit: () => handAsking(oneByOne),
};

export const ask1k: Workload = {
  ...ratio,
  name: "ask-1k",
  n: 600_000,
  atMost: 3,
  aim: 1.8,
  ours: () => asking(manyAtOnce),
  limit: () => handAsking(manyAtOnce),
};

/** Here the limit is our own plain ask. */
export const virtualAsk: Workload = {
  ...ratio,
  name: "virtual-ask",
  n: 200_000,
  atMost: 1.5,
  aim: 1.2,
  ours: () => asksOverMany("made anew"),
  limit: () => asksOverMany("held"),
};
