// What the runtime promises, played with real actors on a given backend: ids, takeovers, snapshots, damage. A backend that
// passes the suites of both its stores should pass this one; where it does not, the other suites lack a case.
import type { StoreBackend } from "../contracts/backend.ts";
import { Ground } from "./ground.ts";
import { commandCases } from "./store-command-cases.ts";
import { recoveryCases } from "./store-recovery-cases.ts";
import { nameCases, type SuiteCase } from "./suite-case.ts";

export interface StoreSuiteOptions {
  /** Makes the backend for one case. It may be the same one each time: systems of every case have a name of their own. */
  open(): Promise<StoreBackend>;
  /** Cases that do not apply, by name, each with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
  /** Milliseconds that an ask, a recovery and what must come are waited for. @default 5,000 */
  readonly patienceMs?: number;
}

export type StoreCase = (ground: Ground) => Promise<void>;
export type StoreCases = Readonly<Record<string, readonly [covers: string, body: StoreCase]>>;

const defaultPatienceMs = 5_000;

/** The cases that a backend has to pass with the runtime on it. */
export function storeSuite(options: StoreSuiteOptions): SuiteCase[] {
  return nameCases<StoreCase>(options.skip ?? {}, { ...commandCases, ...recoveryCases }, async (body) => {
    const ground = await Ground.on(await options.open(), options.patienceMs ?? defaultPatienceMs);
    try {
      await body(ground);
    } finally {
      await ground.close();
    }
  });
}
