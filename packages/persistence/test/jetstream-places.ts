// What the tests of the JetStream store share: empty places on a running server, and what is stored there.
import { jetStream, type JetStreamOptions, type OpenJetStream } from "@aether/persistence/jetstream";

export { alice, bytes, history } from "./histories.ts";

type Options = Omit<JetStreamOptions, "link">;

export interface JetStreamPlace {
  readonly systemName: string;
  /** What was warned of while stores were opened. */
  readonly warnings: readonly string[];
  readonly connect: (options?: Options) => Promise<OpenJetStream>;
  readonly dispose: () => Promise<void>;
}

let count = 0;

/** A system name of its own is an empty place. */
export function emptyPlace(options: () => Options): JetStreamPlace {
  const systemName = `place-${++count}`;
  const opened: OpenJetStream[] = [];
  const warnings: string[] = [];
  return {
    systemName,
    warnings,
    connect: async (more = {}) => {
      const backend = jetStream({ ...options(), ...more });
      const stores = await backend.open({ systemName, warn: (message) => warnings.push(message) });
      opened.push(stores);
      return stores;
    },
    dispose: async () => {
      for (const stores of opened) {
        await stores.events.close();
        await stores.snapshots.close();
        await stores.close?.();
      }
    },
  };
}
