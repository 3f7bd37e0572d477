// The JetStream backend: `persistence({ store: jetStream({ servers }) })`. `cluster({ servers })` brings it along.
import { connectLink, type Link, type LinkOptions } from "@aether/nats";
import type { OpenStores, StoreBackend } from "../contracts/backend.ts";
import { JetStreamEventStore } from "./event-store.ts";
import { type StreamPlace, placeOf } from "./layout.ts";
import { JetStreamSnapshotStore } from "./snapshot-store.ts";
import { ensureStream } from "./stream.ts";

export { partitionOf, partitions, placeOf, type StreamPlace } from "./layout.ts";

export interface JetStreamOptions {
  /** Where NATS is. Give this or `link`. */
  readonly servers?: LinkOptions["servers"];
  /** A link that somebody else opens and closes. */
  readonly link?: () => Promise<Link>;
  /** Of streams that do not exist yet; existing ones keep theirs. @default 1 */
  readonly replicas?: number;
  /** Snapshots kept of each actor, 2 to 64: an older one stands in for a damaged one. The same on all nodes. @default 2 */
  readonly snapshotsKept?: number;
}

const defaults = Object.freeze({ replicas: 1, snapshotsKept: 2 });

const devWarning =
  "The streams have one replica: the server acknowledges before it has flushed to disk, so a power cut can lose what was " +
  "acknowledged. Fine for development; for more, set `sync_interval: always` in the server's jetstream block.";

/** @throws TypeError without exactly one of `servers` and `link`; RangeError for an option out of range */
export function jetStream(options: JetStreamOptions): StoreBackend {
  const { servers, link, replicas, snapshotsKept } = { ...defaults, ...options };
  if ((servers === undefined) === (link === undefined)) throw new TypeError("jetStream: give `servers` or `link`.");
  if (![1, 3, 5].includes(replicas)) throw new RangeError(`jetStream: replicas is ${replicas}; use 1, 3 or 5.`);
  if (!Number.isInteger(snapshotsKept) || snapshotsKept < 2 || snapshotsKept > 64) {
    throw new RangeError(`jetStream: snapshotsKept is ${snapshotsKept}; use 2 to 64.`);
  }
  return {
    name: "JetStream",
    async open({ systemName, warn }): Promise<OpenStores> {
      const opened =
        link === undefined ? await connectLink({ servers: servers as string, name: systemName }) : await link();
      const close = async (): Promise<void> => {
        if (link === undefined) await opened.close();
      };
      try {
        return await openStores(opened, { systemName, replicas, snapshotsKept, close, warn });
      } catch (error) {
        await close();
        throw error;
      }
    },
  };
}

interface Opening {
  readonly systemName: string;
  readonly replicas: number;
  readonly snapshotsKept: number;
  readonly close: () => Promise<void>;
  readonly warn: (message: string) => void;
}

async function openStores(link: Link, opening: Opening): Promise<OpenStores> {
  const { systemName, replicas, snapshotsKept, close, warn } = opening;
  const open = async (
    place: StreamPlace,
    maxPerActor: number,
  ): Promise<{ link: Link; place: StreamPlace; replicas: number }> => ({
    link,
    place,
    replicas: await ensureStream(link, { place, maxPerActor, replicas }),
  });
  const events = await open(placeOf(systemName, "ev"), -1);
  const snapshots = await open(placeOf(systemName, "sn"), snapshotsKept);
  if (events.replicas === 1) warn(devWarning);
  return { events: new JetStreamEventStore(events), snapshots: new JetStreamSnapshotStore(snapshots), close };
}
