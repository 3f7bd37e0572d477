// How fast state comes back: from a snapshot, from a long history, and for very many actors at once.
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ActorRef, ActorSystem } from "@aether/actor";
import { connectLink } from "@aether/nats";
import type { StoreBackend, StoredCommit } from "@aether/persistence";
import { embedded } from "@aether/persistence/embedded";
import { placeOf } from "@aether/persistence/jetstream";
import { memory } from "@aether/persistence/memory";
import { type Contender, interleave, type Medians, median, tidy } from "../measure.ts";
import { inDirectory, openJetStream } from "./places.ts";
import { type Figure, figureOf, perSecond, type Row } from "./row.ts";
import {
  EvenTally,
  inLanes,
  LongTally,
  MarkedTally,
  note,
  openStores,
  openSystem,
  systemName,
  type Tally,
} from "./tally.ts";

/** Until actors that were told to leave have left, and their snapshots are saved. */
const settleMs = 500;

async function leave(refs: readonly ActorRef<Tally>[]): Promise<void> {
  await Promise.all(refs.map((ref) => ref.ask.leave()));
  await delay(settleMs);
}

async function msOf(call: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await call();
  return performance.now() - from;
}

/**
 * Activations beside raw reads of the same actor, one after the other, p50 of each. Who reads an actor first finds the
 * store's caches cold: ours and theirs take turns.
 */
async function beside(
  refs: readonly ActorRef<Tally>[],
  reads: (id: string) => Promise<unknown>,
  runs: number,
): Promise<Medians> {
  const took: Record<"ours" | "theirs", number[]> = { ours: [], theirs: [] };
  for (let run = 0; run < runs; run++) {
    await leave(refs);
    for (const [i, ref] of refs.entries()) {
      const theirs = async (): Promise<unknown> => took.theirs.push(await msOf(() => reads(ref.address.id)));
      if (i % 2 === 0) await theirs();
      took.ours.push(await msOf(() => ref.ask.count()));
      if (i % 2 === 1) await theirs();
    }
  }
  return { ours: median(took.ours), theirs: median(took.theirs) };
}

const actors = 200;
const eventsPerTurn = 1_000;
const historyLengths = [1_000, 100_000];

async function makeHistories(system: ActorSystem, length: number): Promise<ActorRef<Tally>[]> {
  const count = Math.min(actors, 2_000_000 / length);
  const refs = Array.from({ length: count }, (_, i) => system.ref(EvenTally, `of-${length}-${i}`));
  for (let made = 0; made < length; made += eventsPerTurn) {
    await Promise.all(refs.map((ref) => ref.ask.addMany("x", eventsPerTurn - 1)));
    await Promise.all(refs.map((ref) => ref.ask.add(note))); // a last commit of the usual size, and the snapshot is of it
  }
  return refs;
}

async function recoverEmbedded(runs: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const events of historyLengths) {
    await inDirectory(async (directory) => {
      const store = embedded({ directory });
      await using system = await openSystem(store);
      const refs = await makeHistories(system, events);
      const stores = await openStores(store);
      const reads = (id: string) =>
        Promise.all([
          stores.snapshots.load({ type: EvenTally.type, id }),
          stores.events.head({ type: EvenTally.type, id }),
        ]);
      const medians = await beside(refs, reads, runs);
      const bounds = [{ of: "ours", is: "at most", value: 1, aim: 0.3 }] as const;
      figures.push(figureOf({ labels: { store: "embedded", events }, unit: "ms", n: refs.length, bounds }, medians));
      await stores.close?.();
    });
  }
  return figures;
}

async function recoverJetStream(runs: number, events: number): Promise<Figure> {
  await using place = await openJetStream("dev");
  await using system = await openSystem(place.store);
  await using link = await connectLink({ servers: place.servers, name: "raw" });
  const refs = await makeHistories(system, events);
  const places = [placeOf(systemName, "ev"), placeOf(systemName, "sn")];
  const reads = (id: string) =>
    Promise.all(places.map((each) => link.getLast(each.stream, each.subjectOf({ type: EvenTally.type, id }))));
  const medians = await beside(refs, reads, runs);
  const bounds = [{ of: "ratio", is: "at most", value: 1.5, aim: 1.2 }] as const;
  return figureOf({ labels: { store: "jetstream", events }, unit: "ms", n: refs.length, bounds }, medians);
}

export const recoverSnapshot: Row = {
  name: "recover-snapshot",
  async measure(runs) {
    const figures = await recoverEmbedded(runs);
    for (const events of historyLengths) figures.push(await recoverJetStream(runs, events));
    return figures;
  },
};

const longHistory = 100_000;
const longKey = { type: LongTally.type, id: "long" };

/** The commits of a long history, as the runtime makes them. */
async function longCommits(eventsPerCommit: number): Promise<StoredCommit[]> {
  const store = memory();
  await using system = await openSystem(store);
  const { ask } = system.ref(LongTally, longKey.id);
  for (let i = 0; i < longHistory; i += eventsPerCommit) {
    await (eventsPerCommit === 1 ? ask.add(note) : ask.addMany(note, eventsPerCommit));
  }
  const { events } = await openStores(store);
  const pages: StoredCommit[] = [];
  const upTo = (await events.head(longKey))?.token ?? 0;
  for await (const page of events.read(longKey, { after: 0, upTo })) pages.push(...page);
  return pages;
}

function replays(system: ActorSystem, unit: "ms" | "events/s"): Contender {
  const ref = system.ref(LongTally, longKey.id);
  return {
    run: async () => {
      await leave([ref]);
      const from = performance.now();
      if ((await ref.ask.count()) !== longHistory) throw new Error("the history is not all there");
      const tookMs = performance.now() - from;
      return unit === "ms" ? tookMs : (longHistory * 1_000) / tookMs;
    },
  };
}

async function fill(store: StoreBackend, commits: readonly StoredCommit[]): Promise<void> {
  const stores = await openStores(store);
  let last = 0;
  for (const { bytes } of commits) {
    const outcome = await stores.events.append(longKey, last, bytes);
    if (outcome.type !== "committed") throw new Error(`filling ended as ${outcome.type}`);
    last = outcome.token;
  }
  await stores.events.close();
  await stores.snapshots.close();
  await stores.close?.();
}

async function replayEmbedded(runs: number, eventsPerCommit: number): Promise<Figure> {
  return inDirectory(async (directory) => {
    const store = embedded({ directory: join(directory, "data") });
    await fill(store, await longCommits(eventsPerCommit));
    await using system = await openSystem(store);
    const stores = await openStores(store);
    const theirs = {
      run: async () => {
        const from = performance.now();
        const upTo = (await stores.events.head(longKey))?.token ?? 0;
        for await (const page of stores.events.read(longKey, { after: 0, upTo })) void page;
        return performance.now() - from;
      },
    };
    const medians = await interleave({ ours: replays(system, "ms"), theirs }, { ours: 1, theirs: 1, runs });
    await stores.close?.();
    const [value, aim] = eventsPerCommit === 1 ? [350, 250] : [150, 100];
    const bounds = [{ of: "ours", is: "at most", value, aim }] as const;
    return figureOf({ labels: { store: "embedded", eventsPerCommit }, unit: "ms", n: longHistory, bounds }, medians);
  });
}

async function replayJetStream(runs: number, eventsPerCommit: number): Promise<Figure> {
  await using jetStream = await openJetStream("dev");
  await fill(jetStream.store, await longCommits(eventsPerCommit));
  await using system = await openSystem(jetStream.store);
  await using link = await connectLink({ servers: jetStream.servers, name: "raw" });
  const place = placeOf(systemName, "ev");
  const subject = place.subjectOf(longKey);
  const theirs = {
    run: async () => {
      const from = performance.now();
      const upToSequence = (await link.getLast(place.stream, subject))?.sequence ?? 0;
      for await (const page of link.readFrom(place.stream, subject, { fromSequence: 1, upToSequence })) void page;
      return (longHistory * 1_000) / (performance.now() - from);
    },
  };
  const medians = await interleave({ ours: replays(system, "events/s"), theirs }, { ours: 1, theirs: 1, runs });
  const bounds = [{ of: "ratio", is: "at least", value: 0.6, aim: 0.8 }] as const;
  return figureOf(
    { labels: { store: "jetstream", eventsPerCommit }, unit: "events/s", n: longHistory, bounds },
    medians,
  );
}

export const replay100k: Row = {
  name: "replay-100k",
  async measure(runs) {
    const figures: Figure[] = [];
    for (const eventsPerCommit of [1, 10]) figures.push(await replayEmbedded(runs, eventsPerCommit));
    for (const eventsPerCommit of [1, 10]) figures.push(await replayJetStream(runs, eventsPerCommit));
    return figures;
  },
};

const coldActors = 100_000;
const eventsBehind = 9;
const lanes = 1_000;

/** Each run is a new system, which finds its actors as another one left them. */
export const coldActivations: Row = {
  name: "cold-activations",
  measure: (runs) =>
    inDirectory(async (directory) => {
      const store = embedded({ directory });
      await prepare(store);
      const rates: number[] = [];
      for (let i = 0; i < runs; i++) rates.push(await activateAll(store));
      const bounds = [{ of: "ours", is: "at least", value: 10_000, aim: 20_000 }] as const;
      return [{ labels: {}, unit: "actors/s", n: coldActors, ours: median(rates), limit: undefined, bounds }];
    }),
};

async function prepare(store: StoreBackend): Promise<void> {
  await using system = await openSystem(store);
  let next = 0;
  await inLanes(coldActors, lanes, async () => {
    const { ask } = system.ref(MarkedTally, `m-${next++}`);
    for (let i = 0; i <= eventsBehind; i++) await ask.add(note);
  });
}

async function activateAll(store: StoreBackend): Promise<number> {
  await using system = await openSystem(store);
  await tidy();
  let next = 0;
  return await perSecond(coldActors, () =>
    inLanes(coldActors, lanes, async () => {
      const count = await system.ref(MarkedTally, `m-${next++}`).ask.count();
      if (count !== eventsBehind + 1) throw new Error(`an actor came back with ${count} events`);
    }),
  );
}
