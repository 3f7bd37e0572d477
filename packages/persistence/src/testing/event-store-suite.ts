// The contract of `EventStore` as cases: the specification of a backend. They take tokens as the contract gives them:
// above 0, growing, gaps allowed.
import type { EventStore } from "../contracts/event-store.ts";
import { appendCases } from "./event-store-append-cases.ts";
import { followCases } from "./event-store-follow-cases.ts";
import { lifeCases } from "./event-store-life-cases.ts";
import { listCases } from "./event-store-list-cases.ts";
import { readCases } from "./event-store-read-cases.ts";
import { truncateCases } from "./event-store-truncate-cases.ts";
import { bindCases, type SuiteCase, type SuiteOptions } from "./suite-case.ts";

/**
 * The cases that a store of events has to pass. A store without `follow` skips the cases of followers, each with the reason.
 * @example for (const { name, skip, run } of eventStoreSuite({ open })) it.skipIf(skip !== undefined)(name, run);
 */
export function eventStoreSuite(options: SuiteOptions<EventStore>): SuiteCase[] {
  return bindCases(options, {
    ...readCases,
    ...appendCases,
    ...truncateCases,
    ...listCases,
    ...followCases,
    ...lifeCases,
  });
}
