// The NATS backend: what `cluster({ servers })` uses. One link per node serves membership, transport and, unless
// `persistence()` is listed, the JetStream stores.
import { connectLink, type Link, type LinkOptions, type ProblemListener, warn } from "@aether/nats";
import { type Plugin, systemScheduler } from "@aether/actor";
import { persistence } from "@aether/persistence";
import {
  jetStream,
  type JetStreamBackend,
  type JetStreamEventStore,
  type JetStreamOptions,
} from "@aether/persistence/jetstream";
import type { ClusterBackend, OpenBackend } from "../contracts/backend.ts";
import { NatsEventBus } from "./event-bus.ts";
import { namesOf } from "./names.ts";
import { NatsTable } from "./table.ts";
import { NatsTransport } from "./transport.ts";

export interface NatsOptions extends Pick<JetStreamOptions, "durability" | "monitoringUrl" | "trustServer"> {
  /** Such as `nats://127.0.0.1:4222`, or several of one NATS cluster. */
  readonly servers?: LinkOptions["servers"];
  /** Of the bucket and of streams that do not exist yet. @default 3, with the durability `dev` 1 */
  readonly replicas?: number;
  /** More for the connection, such as credentials. */
  readonly connection?: LinkOptions["connection"];
}

/** @param namespace as the cluster has it: the stores that come along are in it, too */
export function nats(options: NatsOptions, namespace?: string): ClusterBackend {
  const { servers = [], durability = "dev", connection, monitoringUrl, trustServer } = options;
  const replicas = options.replicas ?? (durability === "dev" ? 1 : 3);
  let opening: Promise<Link> | undefined;
  // The stores open the link before the cluster can publish what goes wrong with it.
  const onProblem: ProblemListener = (problem) => tell(problem);
  let tell: (problem: Error) => void = warn;
  const link = (): Promise<Link> =>
    (opening ??= connectLink({
      servers,
      name: "aether",
      onProblem,
      ...(connection === undefined ? {} : { connection }),
    }));
  const given = defined({ namespace, monitoringUrl, trustServer });
  const store = jetStream({ link, durability, replicas, ...given });
  let events: JetStreamEventStore | undefined;
  const open: JetStreamBackend["open"] = async (scope) => {
    const stores = await store.open(scope);
    events = stores.events;
    return stores;
  };
  const stores: Plugin = persistence({ store: { ...store, open } });
  // Closes behind the stores: what they still save when the cluster has left needs the link.
  let isShared = false;
  const last: Plugin = {
    name: "nats-link",
    install: () => void (isShared = true),
    close: async () => (await opening)?.close(),
  };
  return {
    name: "NATS",
    includes: [last, stores],
    async open({ systemName, problem, after }): Promise<OpenBackend> {
      tell = problem;
      const opened = await link();
      const names = namesOf(systemName, namespace);
      const table = await NatsTable.open(opened, names, { replicas, problem, later: after });
      const eventBus = new NatsEventBus({
        link: opened,
        systemName,
        namespace,
        scheduler: systemScheduler,
        problem,
        updateVersionCache: (actor, token) => events?.updateVersionCache(actor, token),
      });
      return {
        table,
        transport: new NatsTransport(opened, names),
        eventBus,
        close: async () => {
          await eventBus.close();
          table.close();
          if (!isShared) await opened.close();
        },
      };
    },
  };
}

/** Without what is there but undefined. */
function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
