// Rendezvous hashing: every node ranks all candidates for an address by itself and comes to the same winner; when a node
// comes or goes, only its own share moves (Thaler and Ravishankar 1998; weights after Schindelhauer and Schomaker 2005).
// The id is hashed once, and mixed with what each candidate brings along, which is made once per list of candidates: a view
// has one list per type. The hash decides where actors live: to change it is to change the protocol.
import type { ActorAddress } from "@aether/actor";
import type { NodeRecord } from "./contracts/node.ts";

/** The candidate with the highest score; ties go to the first. One that has no weight, or none that is a number, never wins. */
export function rendezvous(address: ActorAddress, candidates: readonly NodeRecord[]): NodeRecord | undefined {
  const { type, id } = address;
  const { seeds, weights } = preparedFor(candidates, type);
  const idHash = hash(id);
  let best = -1;
  let bestScore = 0;
  for (let i = 0; i < candidates.length; i++) {
    const mixed = mix(idHash ^ (seeds[i] as number));
    const score = weights === undefined ? mixed + 1 : scoreOf(mixed, weights[i] as number);
    if (score > bestScore) {
      best = i;
      bestScore = score;
    }
  }
  return candidates[best];
}

interface Prepared {
  readonly type: string;
  /** Of each candidate, for this type. */
  readonly seeds: Int32Array;
  /** Absent when all are equal: then the hash alone decides, as it would with them. */
  readonly weights: Float64Array | undefined;
}

/** By list of candidates; of the type that was asked for last. */
const prepared = new WeakMap<readonly NodeRecord[], Prepared>();

function preparedFor(candidates: readonly NodeRecord[], type: string): Prepared {
  const found = prepared.get(candidates);
  if (found?.type === type) return found;
  const weights = candidates.map(({ weight }) => weight);
  const isEven = weights.every((weight) => weight === weights[0] && weight > 0);
  const made: Prepared = {
    type,
    seeds: Int32Array.from(candidates, ({ node }) => mix(hash(`${node}\n${type}`))),
    weights: isEven ? undefined : Float64Array.from(weights),
  };
  prepared.set(candidates, made);
  return made;
}

function scoreOf(mixed: number, weight: number): number {
  return -weight / Math.log((mixed + 0.5) / 2 ** 32);
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}

/** The finalizer of MurmurHash3, twice: what differs in one bit lands far apart, whatever it was mixed with. */
function mix(value: number): number {
  let h = finalize(value);
  h = finalize(h + 0x9e3779b9);
  return h >>> 0;
}

function finalize(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
