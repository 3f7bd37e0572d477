// What a fault is: it begins, lasts as long as its drawn time says, and is healed before the next one.
import type { Stage, StagedNode } from "../stage.ts";
import type { StagedServer } from "../servers.ts";
import type { Chance } from "../workload.ts";

export interface FaultPlace {
  readonly stage: Stage;
  readonly chance: Chance;
}

export interface Fault {
  readonly kind: string;
  /** How often it is drawn, relative to the others. */
  readonly weight: number;
  /** Why this run cannot have it. @default it can */
  readonly cannot?: (stage: Stage) => string | undefined;
  /** @returns what it hit, for people */
  readonly strike: (place: FaultPlace) => Promise<string>;
}

export function pick<T>(all: readonly T[], chance: Chance): T {
  return all[Math.floor(chance() * all.length)] as T;
}

export function between(chance: Chance, from: number, to: number): number {
  return Math.round(from + chance() * (to - from));
}

export function nodeOf({ stage, chance }: FaultPlace): StagedNode {
  return pick(stage.nodes, chance);
}

export function serverOf({ stage, chance }: FaultPlace): StagedServer {
  return pick(stage.servers, chance);
}
