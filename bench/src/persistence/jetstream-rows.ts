// Commits of the JetStream store, beside raw appends with the same bytes and the same fence.
import { jetstream } from "@nats-io/jetstream";
import { connectLink, type Link } from "@aether/nats";
import { type Contender, interleave, median } from "../measure.ts";
import { commands } from "./embedded-rows.ts";
import { openJetStream, type Profile } from "./places.ts";
import { type Bound, figureOf, perSecond, type Row } from "./row.ts";
import { inLanes, note, openSystem, sampleCommit, tallies } from "./tally.ts";

const rawSubject = "aether.bench.ev.0.raw";

/**
 * Appends through the link, each subject with one in flight: own inbox, headers made beforehand. Replicated servers answer
 * some of them with "not now" (10164), and a careful hand makes those again.
 */
function pipelined(link: Link, lanes: number, bytes: Uint8Array): Contender {
  const last = Array.from({ length: lanes }, () => 0);
  const append = async (lane: number): Promise<void> => {
    const subject = `${rawSubject}.lane-${lane}`;
    const expected = last[lane] as number;
    const outcome = await link.append(subject, bytes, expected).catch(() => link.append(subject, bytes, expected));
    if (outcome.type === "refused") throw new Error(`a raw append ended as ${outcome.type}`);
    last[lane] = outcome.type === "stored" ? outcome.sequence : (outcome.actual ?? expected);
  };
  return { run: (n) => perSecond(n, () => inLanes(n, lanes, append)) };
}

interface Commits {
  readonly name: string;
  readonly profile: Profile;
  readonly n: number;
  /** Of ours, and of the raw appends. */
  readonly shape: readonly [actors: number, lanes: number, rawLanes: number];
  readonly bound: Omit<Bound, "of" | "is">;
}

function commits({ name, profile, n, shape, bound }: Commits): Row {
  const [actors, lanes, rawLanes] = shape;
  return {
    name,
    async measure(runs) {
      await using place = await openJetStream(profile);
      await using system = await openSystem(place.store);
      await using link = await connectLink({ servers: place.servers, name: "raw" });
      const theirs = pipelined(link, rawLanes, await sampleCommit());
      const medians = await interleave({ ours: commands(system, actors, lanes), theirs }, { ours: n, theirs: n, runs });
      const bounds = [{ of: "ratio", is: "at least", ...bound }] as const;
      return [figureOf({ unit: "commands/s", n, bounds }, medians)];
    },
  };
}

export const jetStreamRows: readonly Row[] = [
  {
    name: "jetstream-sequential",
    async measure(runs) {
      const n = 5_000;
      await using place = await openJetStream("dev");
      await using system = await openSystem(place.store);
      await using link = await connectLink({ servers: place.servers, name: "raw" });
      const [tally] = tallies(system, 1);
      const ours = { run: (count: number) => p50(count, () => tally?.ask.add(note)) };
      const theirs = publishes(link, await sampleCommit());
      const bounds = [{ of: "ratio", is: "at most", value: 1.6, aim: 1.3 }] as const;
      return [figureOf({ unit: "ms", n, bounds }, await interleave({ ours, theirs }, { ours: n, theirs: n, runs }))];
    },
  },
  commits({
    name: "jetstream-256",
    profile: "dev",
    n: 100_000,
    shape: [256, 256, 256],
    bound: { value: 0.6, aim: 0.8 },
  }),
  commits({ name: "jetstream-hot", profile: "dev", n: 200_000, shape: [1, 1_000, 256], bound: { value: 1.5, aim: 4 } }),
  commits({
    name: "jetstream-strict-256",
    profile: "strict",
    n: 20_000,
    shape: [256, 256, 256],
    bound: { value: 0.9, aim: 1 },
  }),
  commits({
    name: "jetstream-r3-256",
    profile: "r3",
    n: 20_000,
    shape: [256, 256, 256],
    bound: { value: 0.7, aim: 0.85 },
  }),
];

/** What the client's own publish takes, with the same fence. */
function publishes(link: Link, bytes: Uint8Array): Contender {
  const client = jetstream(link.connection);
  let last = 0;
  const publish = async (): Promise<void> => {
    const stored = await client.publish(`${rawSubject}.sequential`, bytes, { expect: { lastSubjectSequence: last } });
    last = stored.seq;
  };
  return { run: (n) => p50(n, publish) };
}

/** Milliseconds that half of the calls took at most, one after the other. */
async function p50(n: number, call: () => Promise<unknown> | undefined): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < n; i++) {
    const from = performance.now();
    await call();
    took.push(performance.now() - from);
  }
  return median(took);
}
