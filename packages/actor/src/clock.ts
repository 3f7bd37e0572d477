// Time, as the kernel reads it: a port, so that tests and the simulation own it. The one real adapter is at the end.

export interface Clock {
  /** Monotonic milliseconds; for deadlines and leases. */
  now(): number;
  /** Milliseconds since the epoch; for what people read. Never used to decide anything. */
  wall(): number;
}

/** Read once: on the global object it is an accessor. */
const { performance: monotonic } = globalThis;

export const systemClock: Clock = {
  now: () => monotonic.now(),
  wall: () => Date.now(),
};
