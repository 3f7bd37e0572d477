// Rendezvous hashing: every node ranks all candidates for an address by itself and comes to the same winner; when a node
// comes or goes, only its own share moves (Thaler and Ravishankar 1998; weights after Schindelhauer and Schomaker 2005).
import type { ActorAddress } from "@aether/actor";
import type { NodeRecord } from "./contracts/node.ts";

/** The candidate with the highest score; ties go to the first. */
export function rendezvous(address: ActorAddress, candidates: readonly NodeRecord[]): NodeRecord | undefined {
  let best: NodeRecord | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const candidate of candidates) {
    const score = scoreOf(`${candidate.node}\n${address.type}\n${address.id}`, candidate.weight);
    if (score > bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

function scoreOf(text: string, weight: number): number {
  const uniform = (hash(text) + 0.5) / 2 ** 32;
  return -weight / Math.log(uniform);
}

/** FNV-1a with the finalizer of MurmurHash3, so that texts that differ in one unit land far apart. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
