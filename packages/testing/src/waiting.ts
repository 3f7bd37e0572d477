// Waiting in virtual time: what needs none happens at once, and for what does time moves on by itself, slowly enough that
// a handler's real I/O has the chance to end first.
import type { VirtualTime } from "@aether/actor/testing";
import { setTimeout as realDelay } from "node:timers/promises";

/** Virtual milliseconds for each real one. */
const speed = 10;

/** Settles with the promise, moving time on for as long as it waits. */
export async function inTime<T>(time: VirtualTime, promise: Promise<T>): Promise<T> {
  const over = promise.then(
    () => true,
    () => true,
  );
  await time.settle();
  for (;;) {
    const isOver = await Promise.race([over, realDelay(1, false)]);
    if (isOver) return promise;
    await time.advance(speed);
  }
}
