// Places for the suite of the event bus on a real server: each process behind a proxy that can cut it off, over a link that
// can lose what is pushed to it.
import { systemClock, systemScheduler } from "@aether/actor";
import { NatsEventBus } from "@aether/cluster";
import type { BusPlace } from "@aether/cluster/testing";
import { connectLink, type Link, type LinkMessage } from "@aether/nats";
import { type CutProxy, startCutProxy } from "@aether/nats/testing";
import type { OpenStores } from "@aether/persistence";
import { jetStream, placeOf } from "@aether/persistence/jetstream";
import { jetstreamManager } from "@nats-io/jetstream";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";

export interface NatsPlaceOptions {
  readonly servers: string | readonly string[];
  /** Where the proxies lead to; without it nothing can be cut. */
  readonly target?: { readonly port: number };
  readonly replicas?: number;
  readonly eventStreams?: number;
}

interface Process {
  readonly bus: NatsEventBus;
  readonly link: Link;
  readonly proxy: CutProxy | undefined;
  toLose: number;
}

const connection = { reconnectTimeWait: 20, reconnectJitter: 10 };
let places = 0;

export async function natsBusPlace({
  servers,
  target,
  replicas = 1,
  eventStreams = 1,
}: NatsPlaceOptions): Promise<BusPlace> {
  const systemName = `bus${++places}`;
  const link = await connectLink({ servers });
  const scope = { systemName, warn: () => {} };
  const store = jetStream({ link: async () => link, replicas, eventStreams });
  const stores: OpenStores = await store.open(scope);
  const manager = await jetstreamManager(link.connection);
  const { stream } = placeOf(systemName, "ev");
  const problems: string[] = [];
  const processes = new Map<string, Process>();
  const isConnected = (process: string) => processes.get(process)?.link.isConnected;
  const end = async ({ bus, link: own, proxy }: Process): Promise<void> => {
    await bus.close();
    await own.close();
    await proxy?.stop();
  };
  return {
    events: stores.events,
    problems,
    async open(process) {
      const known = processes.get(process);
      if (known !== undefined) return known.bus;
      const proxy = target && (await startCutProxy({ target }));
      const own = await connectLink({ servers: proxy?.url ?? servers, connection });
      const opened: Process = {
        bus: busOver(
          lossy(own, () => opened),
          systemName,
          problems,
        ),
        link: own,
        proxy,
        toLose: 0,
      };
      processes.set(process, opened);
      return opened.bus;
    },
    async close(process) {
      const found = processes.get(process);
      processes.delete(process);
      if (found !== undefined) await end(found);
    },
    async cut(process) {
      processes.get(process)?.proxy?.refuse(true);
      processes.get(process)?.proxy?.cut();
      await expect.poll(() => isConnected(process)).toBe(false);
    },
    async heal(process) {
      processes.get(process)?.proxy?.refuse(false);
      await expect.poll(() => isConnected(process), { timeout: 5_000 }).toBe(true);
    },
    lose(process, count) {
      const found = processes.get(process);
      if (found !== undefined) found.toLose += count;
    },
    async truncate(before, of) {
      const filter = of && placeOf(systemName, "ev").subjectOf(of);
      await manager.streams.purge(stream, { seq: before, ...(filter === undefined ? {} : { filter }) });
    },
    async setBack() {
      const { config } = await manager.streams.info(stream);
      await manager.streams.delete(stream);
      await manager.streams.add(config);
    },
    async later() {
      await delay(5);
      const later = new Date(systemClock.wall());
      await delay(5);
      return later;
    },
    async dispose() {
      await Promise.all([...processes.values()].map(end));
      await stores.events.close();
      await stores.snapshots.close();
      await link.close();
    },
  };
}

function busOver(link: Link, systemName: string, problems: string[]): NatsEventBus {
  return new NatsEventBus({
    link,
    systemName,
    namespace: undefined,
    scheduler: systemScheduler,
    problem: (problem) => void problems.push((problem as { code?: string }).code ?? String(problem)),
    updateVersionCache: undefined,
  });
}

/** Drops messages that a consumer pushes, as a connection does that the server gave up on. */
function lossy(link: Link, state: () => Process): Link {
  const subscribe: Link["subscribe"] = (subject, handler) =>
    link.subscribe(subject, (message: LinkMessage) => {
      const isPushed = message.status === undefined && message.reply?.startsWith("$JS.ACK.") === true;
      if (isPushed && state().toLose > 0) state().toLose--;
      else handler(message);
    });
  return new Proxy(link, {
    get: (target, name) => (name === "subscribe" ? subscribe : (Reflect.get(target, name) as unknown)),
  });
}
