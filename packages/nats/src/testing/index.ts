// The door of @aether/nats/testing: fault injection beside the link, for the tests of this package and of its users.
export { type CutProxy, type CutProxyOptions, startCutProxy } from "./cut-proxy.ts";
export type { HeldPublish, PassingAck, Side } from "./relay.ts";
