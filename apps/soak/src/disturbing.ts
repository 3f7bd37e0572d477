// Faults one after the other, with a moment's rest between them, until the time is up.
import { setTimeout as delay } from "node:timers/promises";
import { drawFault, type FaultPlace } from "./fault.ts";
import { machineNow } from "./history.ts";

export interface Disturbed {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

export interface Disturbing {
  readonly place: FaultPlace;
  readonly untilMs: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** @throws what a fault throws: one that cannot be done or healed makes the run worthless */
export async function disturb({ place, untilMs, signal, say }: Disturbing): Promise<Disturbed[]> {
  const done: Disturbed[] = [];
  while (machineNow() < untilMs && !signal.aborted) {
    await delay(500 + place.chance() * 2_500, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const [kind, fault] = drawFault(place);
    const from = machineNow();
    const hit = await fault(place);
    done.push({ kind, from, to: machineNow() });
    say(`${kind}: ${hit}`);
  }
  return done;
}
