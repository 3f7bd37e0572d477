// What a virtual actor costs: to bring it into memory with its first message, and to leave it there idle.
import { Actor, type ActorSystem } from "@aether/actor";
import { bytesEach, type Contender, nsEach } from "../measure.ts";
import { HandActor } from "./limit.ts";
import { ownSystem } from "./own-system.ts";
import type { Workload } from "./workload.ts";

const inFlight = 1_000;

class Visitor extends Actor {
  static type = "visitor";
  #visits = 0;

  visit(): number {
    return ++this.#visits;
  }
}

type Visit = (visits: number) => void;
type Visitors = Map<string, HandActor<Visit>>;

function handVisit(visitors: Visitors, id: string): Promise<number> {
  let visitor = visitors.get(id);
  if (visitor === undefined) {
    visitor = handVisitor();
    visitors.set(id, visitor);
  }
  const found = visitor;
  return new Promise((resolve) => found.tell(resolve));
}

function handVisitor(): HandActor<Visit> {
  let visits = 0;
  return new HandActor((resolve) => resolve(++visits));
}

async function visitAll(n: number, visit: (id: string) => Promise<number>): Promise<void> {
  for (let made = 0; made < n; made += inFlight) {
    const visits: Promise<number>[] = [];
    for (let i = made; i < Math.min(n, made + inFlight); i++) visits.push(visit(`a${i}`));
    await Promise.all(visits);
  }
}

function idle(): Contender {
  return {
    run: async (n) => {
      const system = await ownSystem(Visitor);
      const bytes = await bytesEach(n, () => visitAll(n, (id) => system.ref(Visitor, id).ask.visit()));
      await system.stop();
      return bytes;
    },
  };
}

function handIdle(): Contender {
  return {
    run: async (n) => {
      const visitors: Visitors = new Map();
      const bytes = await bytesEach(n, () => visitAll(n, (id) => handVisit(visitors, id)));
      visitors.clear();
      return bytes;
    },
  };
}

/** One after the other, in microseconds; the ids are there before. */
async function usForEach(n: number, visit: (id: string) => Promise<number>): Promise<number> {
  const ids = Array.from({ length: n }, (_, i) => `visitor-${i}`);
  const ns = await nsEach(n, async () => {
    for (const id of ids) await visit(id);
  });
  return ns / 1_000;
}

function activating(): Contender {
  return {
    run: async (n) => {
      const system: ActorSystem = await ownSystem(Visitor);
      const us = await usForEach(n, (id) => system.ref(Visitor, id).ask.visit());
      await system.stop();
      return us;
    },
  };
}

function handActivating(): Contender {
  return {
    run: (n) => {
      const visitors: Visitors = new Map();
      return usForEach(n, (id) => handVisit(visitors, id));
    },
  };
}

export const idleHeap: Workload = {
  name: "idle-heap",
  unit: "bytes",
  n: 100_000,
  bounded: "ours",
  atMost: 450,
  aim: 300,
  ours: () => Promise.resolve(idle()),
  limit: handIdle,
};

export const activation: Workload = {
  name: "activation",
  unit: "us",
  n: 50_000,
  bounded: "ours",
  atMost: 5,
  aim: 2,
  ours: () => Promise.resolve(activating()),
  limit: handActivating,
};
