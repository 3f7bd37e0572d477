// The JetStream store on three servers that flush before they acknowledge: the same contract, and the faults that only
// several servers have.
import { type NatsCluster, startNatsCluster } from "@aether/nats/server";
import { startCutProxy } from "@aether/nats/testing";
import type { AppendOutcome, EventStore } from "@aether/persistence";
import { jetStream, placeOf } from "@aether/persistence/jetstream";
import { eventStoreSuite, snapshotStoreSuite, storeSuite } from "@aether/persistence/testing";
import { connectLink } from "@aether/nats";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { alice, bytes, emptyPlace, history } from "./jetstream-places.ts";

let cluster: NatsCluster;

beforeAll(async () => {
  cluster = await startNatsCluster({ syncInterval: "always" });
});
afterAll(() => cluster.stop());

const strict = () => ({
  servers: cluster.urls,
  durability: "strict" as const,
  monitoringUrl: cluster.monitoringUrls,
});

// Each case makes three replicated streams of its own: several at a time, since that is mostly waiting.
const patienceMs = 20_000;
const patient = { timeout: 60_000 };

describe.concurrent("the strict store of events on three servers", patient, () => {
  const open = async () => {
    const { connect, dispose } = emptyPlace(strict);
    return { connect: async () => (await connect()).events, dispose };
  };
  for (const { name, skip, run } of eventStoreSuite({ open, patienceMs })) it.skipIf(skip !== undefined)(name, run);
});

describe.concurrent("the strict store of snapshots on three servers", patient, () => {
  const open = async () => {
    const { connect, dispose } = emptyPlace(strict);
    return { connect: async () => (await connect()).snapshots, dispose };
  };
  for (const { name, skip, run } of snapshotStoreSuite({ open, patienceMs })) it.skipIf(skip !== undefined)(name, run);
});

describe.concurrent("the strict backend under actors on three servers", patient, () => {
  const open = async () => jetStream(strict());
  for (const { name, skip, run } of storeSuite({ open, patienceMs })) it.skipIf(skip !== undefined)(name, run);
});

/** As the runtime does it: what is thrown is unknown, and the same append is made again until it is known. */
function untilKnown(append: () => Promise<AppendOutcome>): Promise<AppendOutcome> {
  return vi.waitFor(append, { timeout: 30_000, interval: 50 });
}

async function tokenOf(append: Promise<AppendOutcome>): Promise<number> {
  const outcome = await append;
  if (outcome.type !== "committed") throw new Error(`${outcome.type} instead of committed`);
  return outcome.token;
}

/** The servers of the place's stream of events: its leader, and one that follows. */
async function rolesOf(systemName: string) {
  await using link = await connectLink({ servers: cluster.urls });
  const manager = await jetstreamManager(link.connection);
  const { cluster: group } = await manager.streams.info(placeOf(systemName, "ev").stream);
  const leader = cluster.named(group?.leader ?? "");
  return { leader, follower: cluster.servers.find((server) => server !== leader) ?? leader };
}

/** Pauses who leads, and appends by way of another server. The leader goes on if that was committed all the same. */
async function pauseLeader(systemName: string, connect: ReturnType<typeof emptyPlace>["connect"], after: number) {
  const { leader, follower } = await rolesOf(systemName);
  const { events } = await connect({ servers: follower.url });
  leader.kill("SIGSTOP");
  let outcome: AppendOutcome | undefined;
  let error: unknown;
  try {
    outcome = await events.append(alice, after, bytes("meanwhile"));
    leader.kill("SIGCONT");
  } catch (thrown) {
    error = thrown;
  }
  return { leader, events, outcome, error };
}

it("is made once by nodes that start together, over whatever streams the first one chose", async () => {
  const { warnings, connect, dispose } = emptyPlace(strict);
  const stores = await Promise.all([4, 1, 2, 4, 8, 1].map((eventStreams) => connect({ eventStreams })));
  let after = 0;
  for (const { events } of stores) after = await tokenOf(events.append(alice, after, bytes(`after ${after}`)));
  expect(await history(stores[0]!.events)).toHaveLength(stores.length);
  expect(new Set(warnings.map((warning) => /are in (\d)/.exec(warning)?.[1])).size).toBe(1);
  await dispose();
});

describe("an append on three servers", () => {
  it("is refused to exactly one of two writers, round after round", async () => {
    const { connect, dispose } = emptyPlace(strict);
    const [one, two] = [(await connect()).events, (await connect()).events];
    let after = 0;
    for (let round = 0; round < 20; round++) {
      const race = (store: EventStore, text: string) => untilKnown(() => store.append(alice, after, bytes(text)));
      const outcomes = await Promise.all([race(one, `one ${round}`), race(two, `two ${round}`)]);
      expect(outcomes.map(({ type }) => type).toSorted()).toEqual(["committed", "conflict"]);
      for (const outcome of outcomes) if (outcome.type === "committed") after = outcome.token;
    }
    expect(await history(one)).toHaveLength(20);
    await dispose();
  });

  it("is committed, once, when its acknowledgement was lost and another commit stands behind it", async () => {
    await using proxy = await startCutProxy({ target: cluster.servers[0] as { port: number } });
    const { connect, dispose } = emptyPlace(strict);
    const [cut, direct] = [await connect({ servers: proxy.url }), await connect()];
    const lost = proxy.cutBeforeAck(({ stream }) => stream.endsWith("_ev"));
    await expect(cut.events.append(alice, 0, bytes("ours"))).rejects.toMatchObject({ code: "NATS_OUTCOME_UNKNOWN" });
    const { sequence } = await lost;
    await untilKnown(() => direct.events.append(alice, sequence, bytes("theirs")));
    const repeat = (text: string) => untilKnown(() => cut.events.append(alice, 0, bytes(text)));
    expect(await repeat("ours")).toEqual({ type: "committed", token: sequence });
    expect(await repeat("others")).toEqual({ type: "conflict" });
    expect(await history(direct.events)).toEqual(["ours", "theirs"]);
    await dispose();
  });

  it("loses against what was stored meanwhile when it arrives late", async () => {
    await using proxy = await startCutProxy({ target: cluster.servers[0] as { port: number } });
    const { systemName, connect, dispose } = emptyPlace(strict);
    const [slow, direct] = [await connect({ servers: proxy.url }), await connect()];
    const held = proxy.holdPublish((subject) => subject.startsWith(`aether.${systemName}.ev.`));
    await expect(slow.events.append(alice, 0, bytes("ours"))).rejects.toMatchObject({ code: "NATS_OUTCOME_UNKNOWN" });
    expect(await direct.events.head(alice)).toBeUndefined(); // and yet it is under way
    const { type } = await direct.events.append(alice, 0, bytes("theirs"));
    expect(type).toBe("committed");
    expect(await (await held).release()).toMatch(/"err_code":101(64|58)|"err_code":10071/);
    expect(await untilKnown(() => slow.events.append(alice, 0, bytes("ours")))).toEqual({ type: "conflict" });
    expect(await history(direct.events)).toEqual(["theirs"]);
    await dispose();
  });

  it("is a conflict for the next writer when a late one arrived after that had looked", async () => {
    await using proxy = await startCutProxy({ target: cluster.servers[1] as { port: number } });
    const { systemName, connect, dispose } = emptyPlace(strict);
    const [slow, direct] = [await connect({ servers: proxy.url }), await connect()];
    const held = proxy.holdPublish((subject) => subject.startsWith(`aether.${systemName}.ev.`));
    await expect(slow.events.append(alice, 0, bytes("late"))).rejects.toThrow("unknown");
    expect(await direct.events.head(alice)).toBeUndefined();
    expect(await (await held).release()).toContain('"seq":1');
    expect(await untilKnown(() => direct.events.append(alice, 0, bytes("next")))).toEqual({ type: "conflict" });
    expect(await untilKnown(() => slow.events.append(alice, 0, bytes("late")))).toEqual({
      type: "committed",
      token: 1,
    });
    await dispose();
  });

  it("goes on while one follower is paused", async () => {
    const { systemName, connect, dispose } = emptyPlace(strict);
    const { leader, follower } = await connect().then(() => rolesOf(systemName));
    const { events } = await connect({ servers: leader.url });
    follower.kill("SIGSTOP");
    try {
      let after = 0;
      for (let i = 0; i < 20; i++) after = await tokenOf(untilKnown(() => events.append(alice, after, bytes(`${i}`))));
      expect(await history(events)).toHaveLength(20);
    } finally {
      follower.kill("SIGCONT");
    }
    await dispose();
  });

  it("is known in the end, and stored once, when the leader was paused and another was elected", async () => {
    const { systemName, connect, dispose } = emptyPlace(strict);
    const begun = await connect();
    let first = await tokenOf(begun.events.append(alice, 0, bytes("before")));
    const before = ["before"];
    let paused = await pauseLeader(systemName, connect, first);
    // Another one leads since the moment before: then the commit is what it says, and it is the other one's turn.
    for (let i = 1; paused.outcome?.type === "committed" && i < 5; i++) {
      first = paused.outcome.token;
      before.push("meanwhile");
      paused = await pauseLeader(systemName, connect, first);
    }
    const { leader, events, error } = paused;
    try {
      expect(error).toMatchObject({ code: "NATS_OUTCOME_UNKNOWN" });
      const second = await tokenOf(untilKnown(() => events.append(alice, first, bytes("meanwhile"))));
      expect(second).toBeGreaterThan(first);
      leader.kill("SIGCONT");
      // What the old leader was still asked must not come to light as a second copy.
      await tokenOf(untilKnown(() => events.append(alice, second, bytes("after"))));
      expect(await history(events)).toEqual([...before, "meanwhile", "after"]);
    } finally {
      leader.kill("SIGCONT");
    }
    await dispose();
  });
});
