// Faults one after the other, with a moment's rest between them, until the time is up.
import { setTimeout as delay } from "node:timers/promises";
import { type Drawable, drawFault } from "./faults/drawing.ts";
import type { FaultPlace } from "./faults/fault.ts";
import { machineNow } from "./history.ts";

export interface Disturbed {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
  readonly hit: string;
}

export interface Disturbing {
  readonly place: FaultPlace;
  readonly drawable: Drawable;
  readonly untilMs: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const restMs = 1_200;

/** @returns what was done (what failed is noted, and counts for nothing), and why it ended before its time, if it did */
export async function disturb(disturbing: Disturbing): Promise<{ done: Disturbed[]; endedEarly: string | undefined }> {
  const { place, drawable, untilMs, signal, say } = disturbing;
  const done: Disturbed[] = [];
  while (machineNow() < untilMs && !signal.aborted) {
    await delay(200 + place.chance() * restMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const { kind, strike } = drawFault(drawable, place.chance);
    const from = machineNow();
    const { hit, error } = await strike(place).then(
      (struck) => ({ hit: struck, error: undefined }),
      (thrown: unknown) => ({ hit: undefined, error: thrown as Error }),
    );
    if (error !== undefined) place.stage.witness.note(`fault ${kind} failed`);
    say(`${kind}: ${hit ?? `failed: ${error?.message ?? ""}`}`);
    try {
      await place.stage.heal();
    } catch (error) {
      return { done, endedEarly: `could not be healed after ${kind}: ${(error as Error).message}` };
    }
    if (hit !== undefined) done.push({ kind, from, to: machineNow(), hit });
  }
  return { done, endedEarly: signal.aborted ? "it was told to stop" : undefined };
}
