// A short fingerprint of a command and its arguments: tells an honest repeat from an id that was used twice. It guards
// against mistakes, not against attackers. 64-bit FNV-1a over UTF-16 units, in two 32-bit lanes of different seeds.
import { argumentsOf, type Envelope } from "@aether/actor";
import { fnvOffset, fnvStep } from "./fnv.ts";

export function commandDigest(envelope: Envelope): string {
  const text = `${envelope.command}${JSON.stringify(argumentsOf(envelope))}`;
  let a = fnvOffset;
  let b = 0x050c5d1f;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = fnvStep(a, unit);
    b = fnvStep(b, unit + i);
  }
  return hex(a) + hex(b);
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, "0");
}
