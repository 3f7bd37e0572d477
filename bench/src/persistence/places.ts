// Where the rows store: a directory of their own, servers of their own. All of it is gone afterwards.
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { startNatsCluster, startNatsServer } from "@aether/nats/server";
import type { StoreBackend } from "@aether/persistence";
import { jetStream, type JetStreamOptions } from "@aether/persistence/jetstream";

/** In the folder that the bench was started from: the system's directory for temporary files may be in memory. */
export async function inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(process.cwd(), ".bench-"));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

export interface JetStreamPlace extends AsyncDisposable {
  readonly servers: string;
  readonly store: StoreBackend;
}

const profiles = {
  dev: { syncInterval: undefined, servers: 1 },
  strict: { syncInterval: "always", servers: 1 },
  r3: { syncInterval: "always", servers: 3 },
} as const;

export type Profile = keyof typeof profiles;

export async function openJetStream(profile: Profile): Promise<JetStreamPlace> {
  const { syncInterval, servers } = profiles[profile];
  const options = syncInterval === undefined ? {} : { syncInterval };
  if (servers === 3) {
    const cluster = await startNatsCluster(options);
    return place({ servers: [...cluster.urls], monitoringUrl: cluster.monitoringUrls, durability: "strict" }, cluster);
  }
  const server = await startNatsServer(options);
  if (profile === "dev") return place({ servers: server.url }, server);
  return place({ servers: server.url, monitoringUrl: server.monitoringUrl, durability: "strict", replicas: 1 }, server);
}

function place(options: JetStreamOptions, server: AsyncDisposable): JetStreamPlace {
  const servers = typeof options.servers === "string" ? options.servers : (options.servers?.[0] as string);
  return { servers, store: jetStream(options), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
