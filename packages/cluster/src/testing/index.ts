// For those who write a backend: its contracts as cases that any runner can loop over.
export type { BusCase, BusPlace, BusSuiteOptions } from "./event-bus-place.ts";
export { eventBusSuite } from "./event-bus-suite.ts";
export { memberTableSuite } from "./member-table-suite.ts";
export type { SuiteCase, SuiteOptions, SuitePlace } from "./suite-case.ts";
export { transportSuite } from "./transport-suite.ts";
