// The server that leads the events' stream is killed, of three: how long commands stand still, less what the elections
// themselves take. Those are seen by hand, over a connection to another server: appends to the same stream, and reads of the
// table of nodes, which may have been led by the same server, until both are answered.
import { connectLink } from "@aether/nats";
import { placeOf } from "@aether/persistence/jetstream";
import { jetstreamManager } from "@nats-io/jetstream";
import { setTimeout as delay } from "node:timers/promises";
import { Fleet } from "./fleet/fleet.ts";
import { Load } from "./fleet/load.ts";
import { systemName } from "./fleet/plugins.ts";
import { percentile } from "./fleet/takeover.ts";
import type { Row } from "./row.ts";

const tills = 60;
const timeoutMs = 30_000;
const pollMs = 5;
/** Of what is done by hand: nobody answers while nobody leads. */
const requestTimeoutMs = 100;
const place = placeOf(systemName, "ev");
/** Of the nodes: a key-value bucket. */
const table = { stream: `KV_aether_${systemName}`, subject: `$KV.aether_${systemName}.node-1` };
const rawSubject = place.subjectOf({ type: "raw", id: "probe" });

interface Loss {
  /** From the kill until somebody leads the stream, and the table. */
  readonly electionMs: number;
  /** From the kill to the first acknowledged command, for each till. */
  readonly stalls: readonly number[];
}

export const leaderLoss: Row = {
  name: "leader-loss",
  async measure(runs) {
    await using fleet = await Fleet.open(2, 3);
    const load = await Load.begin(fleet, { tills, timeoutMs });
    const losses: Loss[] = [];
    for (let i = 0; i < runs; i++) losses.push(await loseLeader(fleet, load));
    await load.end();
    const beyond = losses.flatMap(({ electionMs, stalls }) => stalls.map((stall) => Math.max(0, stall - electionMs)));
    const elections = losses.map(({ electionMs }) => electionMs);
    const figure = { unit: "ms", n: beyond.length };
    return [
      { ...figure, ours: Math.max(...beyond), bound: { is: "at most", value: 500, aim: 500 } },
      { part: "p50", ...figure, ours: percentile(beyond, 0.5) },
      { part: "election-max", unit: "ms", n: runs, ours: Math.max(...elections) },
    ];
  },
};

async function loseLeader(fleet: Fleet, load: Load): Promise<Loss> {
  const server = fleet.servers.named(await currentLeader(fleet));
  const others = fleet.servers.urls.filter((url) => url !== server.url);
  await using link = await connectLink({ servers: others, name: "raw", requestTimeoutMs });
  const last = await link.getLastFromLeader(place.stream, rawSubject);
  const waiting = new Set(load.tills);
  const stalls: number[] = [];
  const killedAt = performance.now();
  server.kill();
  const elected = Promise.all([
    untilAnswered(() => link.append(rawSubject, Buffer.from("x"), last?.sequence ?? 0)),
    untilAnswered(() => link.getLastFromLeader(table.stream, table.subject)),
  ]);
  await new Promise<void>((resolve) => {
    load.acknowledged = (till, _, sentAt) => {
      const wasOnItsWay = performance.now() - killedAt < 500 && sentAt < killedAt;
      if (wasOnItsWay || !waiting.delete(till)) return;
      stalls.push(performance.now() - killedAt);
      if (waiting.size === 0) resolve();
    };
  });
  load.acknowledged = () => undefined;
  const loss = { electionMs: Math.max(...(await elected)) - killedAt, stalls };
  await server.restart();
  await currentLeader(fleet);
  return loss;
}

/** When it was, for the first time. */
async function untilAnswered(ask: () => Promise<unknown>): Promise<number> {
  for (;;) {
    try {
      await ask();
      return performance.now();
    } catch {
      await delay(pollMs); // nobody leads yet
    }
  }
}

/** Of the stream, once both others hold all that it holds. */
async function currentLeader({ servers }: Fleet): Promise<string> {
  await using link = await connectLink({ servers: servers.urls, name: "raw" });
  const { streams } = await jetstreamManager(link.connection, { checkAPI: false });
  for (;;) {
    const info = await streams.info(place.stream).catch(() => undefined); // nobody leads, or nobody answers
    const { leader, replicas = [] } = info?.cluster ?? {};
    if (leader && replicas.length === 2 && replicas.every(({ current, offline }) => current && !offline)) return leader;
    await delay(100);
  }
}
