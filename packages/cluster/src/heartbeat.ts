// The sign of life that nodes send to all: who, which start of it, and how far it has seen the member table. It never
// changes where actors live.
import type { NodeAddress } from "./contracts/node.ts";

export interface Beat extends NodeAddress {
  /** The highest revision that the table has shown to that node; 0 when it does not say. */
  readonly revision: number;
}

export function encodeBeat({ node, epoch, revision }: Beat): Uint8Array {
  return Buffer.from(JSON.stringify([node, epoch, revision]));
}

/** `undefined` for what is no heartbeat. */
export function decodeBeat(bytes: Uint8Array): Beat | undefined {
  try {
    const [node, epoch, revision] = JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
    ) as unknown[];
    if (typeof node !== "string" || typeof epoch !== "number") return undefined;
    return { node, epoch, revision: typeof revision === "number" ? revision : 0 };
  } catch {
    return undefined; // a stranger's message on our subject says nothing about anybody's life
  }
}
