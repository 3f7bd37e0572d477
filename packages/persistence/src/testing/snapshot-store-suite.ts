// The contract of `SnapshotStore` as cases. A store keeps at least the two newest snapshots of an actor, so that there is
// one to fall back on; older ones it may let go of by itself.
import type { SnapshotStore } from "../contracts/snapshot-store.ts";
import { loadCases } from "./snapshot-store-load-cases.ts";
import { saveCases } from "./snapshot-store-save-cases.ts";
import { bindCases, type SuiteCase, type SuiteOptions } from "./suite-case.ts";

/** The cases that a store of snapshots has to pass. */
export function snapshotStoreSuite(options: SuiteOptions<SnapshotStore>): SuiteCase[] {
  return bindCases(options, { ...loadCases, ...saveCases });
}
