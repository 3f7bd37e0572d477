// The NATS backend: what `cluster({ servers })` uses. One link per node serves membership, transport and, unless
// `persistence()` is listed, the JetStream stores.
import { connectLink, type Link, type LinkOptions } from "@aether/nats";
import { encodeId, type Plugin } from "@aether/actor";
import { persistence } from "@aether/persistence";
import { jetStream } from "@aether/persistence/jetstream";
import type { ClusterBackend, OpenBackend } from "../contracts/backend.ts";
import { NatsTable } from "./table.ts";
import { NatsTransport } from "./transport.ts";

export interface NatsOptions {
  /** Such as `nats://127.0.0.1:4222`, or several of one NATS cluster. */
  readonly servers?: LinkOptions["servers"];
  /** Of the bucket and of streams that do not exist yet. @default 1 */
  readonly replicas?: number;
  /** More for the connection, such as credentials. */
  readonly connection?: LinkOptions["connection"];
}

export function nats(options: NatsOptions): ClusterBackend {
  const { servers = [], replicas = 1, connection } = options;
  let opening: Promise<Link> | undefined;
  const link = (): Promise<Link> =>
    (opening ??= connectLink({ servers, name: "aether", ...(connection === undefined ? {} : { connection }) }));
  const stores: Plugin = persistence({ store: jetStream({ link, replicas }) });
  return {
    name: "NATS",
    includes: [stores],
    async open({ systemName, problem, after }): Promise<OpenBackend> {
      const opened = await link();
      const name = encodeId(systemName);
      const table = await NatsTable.open(opened, `aether_${name}`, { replicas, problem, later: after });
      return {
        table,
        transport: new NatsTransport(opened, `aether.${name}`),
        close: async () => {
          table.close();
          await opened.close();
        },
      };
    },
  };
}
