// What each replica of a stream holds by itself: the other servers are stopped while it reads a page, so that nobody else can
// answer. For moments only: a follower that misses its leader for long answers nobody.
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { connectLink, type Link } from "@aether/nats";
import type { NatsServer } from "@aether/nats/server";
import { placeOf } from "@aether/persistence/jetstream";
import type { Replica } from "./checking/record.ts";
import { machineNow } from "./history.ts";
import type { StagedServer } from "./servers.ts";

const catchUpWithinMs = 60_000;
const pollMs = 200;
const pageSize = 10_000;

interface Stream {
  readonly name: string;
  readonly subjects: string;
  readonly last: number;
}

/** When nobody writes any more. None of a single server. */
export async function readReplicas(servers: readonly StagedServer[]): Promise<Replica[]> {
  if (servers.length < 2) return [];
  const replicas: Replica[] = [];
  for (const one of servers) {
    const streams = await Promise.all((["ev", "sn"] as const).map((kind) => followedBy(one, kind, servers)));
    const others = servers.filter((other) => other !== one).map(({ server }) => server);
    await using link = await connectLink({ servers: [one.server.url], connection: { ignoreClusterUpdates: true } });
    for (const stream of streams) replicas.push(await readReplica({ link, others }, stream, one.name));
  }
  return replicas;
}

interface Alone {
  readonly link: Link;
  readonly others: readonly NatsServer[];
}

async function readReplica(alone: Alone, { name: stream, subjects, last }: Stream, server: string): Promise<Replica> {
  const hash = createHash("sha256");
  let messages = 0;
  const range = { fromSequence: 1, upToSequence: last, pageSize };
  const pages = alone.link.readFrom(stream, subjects, range)[Symbol.asyncIterator]();
  try {
    for (let page = await next(alone, pages); page.done !== true; page = await next(alone, pages)) {
      for (const { sequence, subject, data } of page.value) {
        hash.update(`${sequence} ${subject} ${data.length}\n`).update(data);
        messages++;
      }
    }
    return { stream, server, messages, digest: hash.digest("hex").slice(0, 16) };
  } catch (error) {
    return { stream, server, messages, digest: `not readable: ${(error as Error).message}` };
  }
}

async function next<T>({ others }: Alone, pages: AsyncIterator<T>): Promise<IteratorResult<T>> {
  for (const server of others) server.kill("SIGSTOP");
  try {
    return await pages.next();
  } finally {
    for (const server of others) server.kill("SIGCONT");
  }
}

/**
 * Once every follower has what the leader has, and it is one of them: a leader without a majority answers nobody.
 * @throws Error when that does not come about
 */
async function followedBy(
  { name: server }: StagedServer,
  kind: "ev" | "sn",
  servers: readonly StagedServer[],
): Promise<Stream> {
  const { stream: name, subjects } = placeOf("soak", kind);
  await using link = await connectLink({ servers: servers.map((one) => one.server.url) });
  const untilMs = machineNow() + catchUpWithinMs;
  for (;;) {
    const info = await streamInfo(link, name).catch((error: unknown) => (error as Error).message);
    if (typeof info !== "string" && info.isCaughtUp) {
      if (info.leader !== server) return { name, subjects, last: info.last };
      await link.request(`$JS.API.STREAM.LEADER.STEPDOWN.${name}`, new Uint8Array()).catch(() => undefined);
    }
    if (machineNow() >= untilMs) throw new Error(`${name}: its replicas did not catch up: ${JSON.stringify(info)}`);
    await delay(pollMs);
  }
}

interface StreamAnswer {
  readonly state: { readonly last_seq: number };
  readonly cluster?: {
    readonly leader?: string;
    readonly replicas?: readonly { readonly current: boolean; readonly lag?: number }[];
  };
}

interface StreamInfo {
  readonly last: number;
  readonly leader: string | undefined;
  readonly isCaughtUp: boolean;
}

async function streamInfo(link: Link, stream: string): Promise<StreamInfo> {
  const answer = await link.request(`$JS.API.STREAM.INFO.${stream}`, new Uint8Array());
  const { state, cluster } = JSON.parse(Buffer.from(answer.data).toString()) as StreamAnswer;
  const replicas = cluster?.replicas ?? [];
  const isCaughtUp = replicas.length > 0 && replicas.every(({ current, lag = 0 }) => current && lag === 0);
  return { last: state.last_seq, leader: cluster?.leader, isCaughtUp };
}
