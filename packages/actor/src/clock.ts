// Time, as the kernel reads it: a port, so that tests and the simulation own it. The one real adapter is at the end.

export interface Clock {
  /** Monotonic milliseconds; for deadlines and leases. */
  now(): number;
  /** Milliseconds since the epoch; for what people read. Never used to decide anything. */
  wall(): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
};
