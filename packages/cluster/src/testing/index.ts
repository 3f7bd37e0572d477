// For those who write a backend: its contracts as cases that any runner can loop over; and for tests that need a network or
// an event bus to fail.
export type { BusCase, BusPlace, BusSuiteOptions } from "./event-bus-place.ts";
export {
  faultyEventBus,
  type FaultyEventBusOptions,
  type HandleCall,
  type HandleFault,
  type HandleFaults,
} from "./faulty-event-bus.ts";
export {
  faultyEventLog,
  type FaultyEventLogOptions,
  type TellCall,
  type TellFault,
  type TellFaults,
} from "./faulty-event-log.ts";
export {
  faultyTransport,
  type FaultyTransportOptions,
  type LinkCall,
  type LinkFault,
  type LinkFaults,
  type LinkOperation,
} from "./faulty-link.ts";
export { eventBusSuite } from "./event-bus-suite.ts";
export { memberTableSuite } from "./member-table-suite.ts";
export type { SuiteCase, SuiteOptions, SuitePlace } from "./suite-case.ts";
export { transportSuite } from "./transport-suite.ts";
