// A short fingerprint of a command and its arguments: tells an honest repeat from an id that was used twice. It guards
// against mistakes, not against attackers. 64-bit FNV-1a over UTF-16 units, in two 32-bit lanes of different seeds
// (Fowler, Noll and Vo; draft-eastlake-fnv).
import { argumentsOf, type Envelope } from "@aether/actor";

const prime = 0x01000193;

export function commandDigest(envelope: Envelope): string {
  const text = `${envelope.command}${JSON.stringify(argumentsOf(envelope))}`;
  let a = 0x811c9dc5;
  let b = 0x050c5d1f;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, prime);
    b = Math.imul(b ^ (unit + i), prime);
  }
  return hex(a) + hex(b);
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, "0");
}
