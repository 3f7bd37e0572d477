// Time and chance for tests, behind the kernel's own ports.
export { createSeededRandom } from "./seeded-random.ts";
export { createVirtualTime, type VirtualTime, type VirtualTimeOptions } from "./virtual-time.ts";
