// The options of the JetStream backend, their defaults and their check.
import { connectLink, type Link, type LinkOptions } from "@aether/nats";
import { checkOptionNames } from "../option-names.ts";
import { checkNamespace } from "./layout.ts";

/**
 * What an acknowledgement is worth. `strict`: flushed to disk, by a majority of three replicas (or by one, on purpose):
 * nothing acknowledged is lost when the power fails everywhere at once. `replicated`: a majority of three has it, which
 * survives the loss of one server, but not a power cut of all. `dev`: one server has it; its operating system may lose
 * the last two minutes.
 */
export type DurabilityProfile = "strict" | "replicated" | "dev";

export interface JetStreamOptions {
  /** Where NATS is. Give this or `link`. */
  readonly servers?: LinkOptions["servers"];
  /** More for the connection to `servers`, such as credentials. */
  readonly connection?: LinkOptions["connection"];
  /** A link that somebody else opens and closes. */
  readonly link?: () => Promise<Link>;
  /** Separates systems of one name that share a NATS account: a letter, then letters, digits or "-". @default none */
  readonly namespace?: string;
  /** Compared with the servers at start: a profile that they do not honor is refused. @default "dev" */
  readonly durability?: DurabilityProfile;
  /** Of streams that do not exist yet; existing ones keep theirs. @default 3, with `dev` 1 */
  readonly replicas?: number;
  /**
   * Where the servers' monitoring is (`http://host:8222`), all that hold streams: a server tells nowhere else whether it
   * flushes before it acknowledges. Only read for `strict`.
   */
  readonly monitoringUrl?: string | readonly string[];
  /** Lets `strict` start, with a warning, when monitoring cannot be reached: you know how the servers are set up. @default false */
  readonly trustServer?: boolean;
  /**
   * Over how many streams events are spread: 1, 2, 4, … 64. Decided at the first start of a system; later it is what it
   * is. Streams flush in parallel, so that one strict replica gains from 8; otherwise 1 is best. @default 1
   */
  readonly eventStreams?: number;
  /** Snapshots kept of each actor, 2 to 64: an older one stands in for a damaged one. The same on all nodes. @default 2 */
  readonly snapshotsKept?: number;
  /** Actors in the version cache. @default 10_000 */
  readonly maxCachedActors?: number;
}

export interface CheckedOptions {
  /** A link, and the way to close what was opened for it. */
  readonly connect: (name: string) => Promise<{ readonly link: Link; readonly close: () => Promise<void> }>;
  readonly namespace: string | undefined;
  readonly durability: DurabilityProfile;
  readonly replicas: number;
  readonly monitoringUrls: readonly string[];
  readonly trustServer: boolean;
  readonly eventStreams: number;
  readonly snapshotsKept: number;
  readonly maxCachedActors: number;
}

const defaults = Object.freeze({
  durability: "dev",
  trustServer: false,
  eventStreams: 1,
  snapshotsKept: 2,
  maxCachedActors: 10_000,
});

const optionNames: readonly string[] = [
  "servers",
  "link",
  "connection",
  "namespace",
  "replicas",
  "monitoringUrl",
  ...Object.keys(defaults),
];

/**
 * @throws TypeError for a wrong name, without exactly one of `servers` and `link`, or for a profile that is none;
 *   RangeError out of range
 */
export function checkedOptions(options: JetStreamOptions): CheckedOptions {
  checkOptionNames("jetStream", options, optionNames);
  checkNamespace("jetStream", options.namespace);
  const { durability, monitoringUrl = [], ...rest } = { ...defaults, ...options };
  const { namespace, trustServer, eventStreams, snapshotsKept, maxCachedActors } = rest;
  const replicas = rest.replicas ?? (durability === "dev" ? 1 : 3);
  if (!["strict", "replicated", "dev"].includes(durability)) {
    throw new TypeError(`jetStream: durability is ${durability as string}; use "strict", "replicated" or "dev".`);
  }
  check("replicas", replicas, [1, 3, 5].includes(replicas), "1, 3 or 5");
  if (durability === "replicated") check("replicas", replicas, replicas > 1, '3 or 5 with durability "replicated"');
  check("eventStreams", eventStreams, [1, 2, 4, 8, 16, 32, 64].includes(eventStreams), "1, 2, 4, 8, 16, 32 or 64");
  check("snapshotsKept", snapshotsKept, isWhole(snapshotsKept, 2, 64), "2 to 64");
  check("maxCachedActors", maxCachedActors, isWhole(maxCachedActors, 1, 10_000_000), "1 to 10000000");
  const monitoringUrls = typeof monitoringUrl === "string" ? [monitoringUrl] : monitoringUrl;
  for (const url of monitoringUrls) checkMonitoringUrl(url);
  return {
    connect: connectionOf(options),
    namespace,
    durability,
    replicas,
    monitoringUrls,
    trustServer,
    eventStreams,
    snapshotsKept,
    maxCachedActors,
  };
}

function connectionOf({ servers, connection, link }: JetStreamOptions): CheckedOptions["connect"] {
  if (connection !== undefined && servers === undefined) {
    throw new TypeError("jetStream: `connection` belongs to `servers`; a `link` has its own.");
  }
  if (servers !== undefined && link === undefined) {
    return async (name) => {
      const own = await connectLink({ servers, name, ...(connection === undefined ? {} : { connection }) });
      return { link: own, close: () => own.close() };
    };
  }
  if (servers === undefined && link !== undefined) return async () => ({ link: await link(), close: async () => {} });
  throw new TypeError("jetStream: give `servers` or `link`.");
}

/** Monitoring asks nobody who it is, and what stands in a URL would be shown where something goes wrong. */
function checkMonitoringUrl(url: string): void {
  if (/^[^/]*\/\/[^/]*@/.test(url)) {
    throw new TypeError("jetStream: monitoringUrl has credentials in it; nats-server's monitoring takes none.");
  }
  if (!URL.canParse(url)) throw new TypeError(`jetStream: monitoringUrl ${url} is no URL; use "http://host:8222".`);
}

function check(option: string, value: number, isRight: boolean, range: string): void {
  if (!isRight) throw new RangeError(`jetStream: ${option} is ${value}; use ${range}.`);
}

function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
