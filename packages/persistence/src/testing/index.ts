// For those who write a backend, and for tests that need a store to fail.
export { eventStoreSuite } from "./event-store-suite.ts";
export {
  type Fault,
  type FaultOptions,
  type Faults,
  faultyBackend,
  faultyEventStore,
  faultySnapshotStore,
  type StoreCall,
  type StoreOperation,
} from "./faulty-stores.ts";
export { snapshotStoreSuite } from "./snapshot-store-suite.ts";
export { isTakeover, type PlainCommit, storeCommit } from "./stored-commit.ts";
export { type SnapshotPlace, throughSnapshot } from "./stored-snapshot.ts";
export { type Past, type PastFact, type StoredState, storePast } from "./stored-past.ts";
export { storeSuite, type StoreSuiteOptions } from "./store-suite.ts";
export type { EmptyPlace, SuiteCase, SuiteOptions } from "./suite-case.ts";
