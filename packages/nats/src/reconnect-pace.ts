// How long the client waits between two attempts to connect, by the monotonic clock. Its own pause is compared with the wall
// clock: where that is set back by an hour, it would not reconnect for an hour.

/**
 * The client's `reconnectDelayHandler`. It dials if its last attempt lies at least so long in the past, by the wall clock;
 * "for ever" makes it dial whatever that clock says.
 */
export function reconnectPace(pauseMs: number, jitterMs: number): () => number {
  let triedAt = Number.NEGATIVE_INFINITY;
  let pause = 0;
  return () => {
    const now = performance.now();
    if (now < triedAt + pause) return pause;
    triedAt = now;
    pause = pauseMs + Math.random() * jitterMs;
    return Number.NEGATIVE_INFINITY;
  };
}
