// How messages are sent from outside, the same for whoever receives them.
import type { Countdown } from "./countdown.ts";

const burst = 1_000;

/** Bursts of 1,000 tells, the next when all of one were handled. */
export async function inBursts(n: number, done: Countdown, tell: () => void): Promise<void> {
  for (let sent = 0; sent < n; sent += burst) {
    const handled = done.from(burst);
    for (let i = 0; i < burst; i++) tell();
    await handled;
  }
}

/** The next ask when the one before was answered. */
export async function oneByOne(n: number, ask: () => PromiseLike<number>): Promise<void> {
  for (let i = 0; i < n; i++) await ask();
}

/** 1,000 asks in flight, the next when all of them were answered. */
export async function manyAtOnce(n: number, ask: () => PromiseLike<number>): Promise<void> {
  for (let sent = 0; sent < n; sent += burst) {
    const asks: PromiseLike<number>[] = [];
    for (let i = 0; i < burst; i++) asks.push(ask());
    await Promise.all(asks);
  }
}
