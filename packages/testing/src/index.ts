// The door of @aether/testing: what people who write actors test them with.
export { createVirtualTime } from "@aether/actor/testing";
