// The sign of life that nodes send to all: who, and which start of it. It never changes where actors live.
import type { NodeAddress } from "./contracts/node.ts";

export function encodeBeat({ node, epoch }: NodeAddress): Uint8Array {
  return Buffer.from(JSON.stringify([node, epoch]));
}

/** `undefined` for what is no heartbeat. */
export function decodeBeat(bytes: Uint8Array): NodeAddress | undefined {
  try {
    const [node, epoch] = JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
    ) as unknown[];
    return typeof node === "string" && typeof epoch === "number" ? { node, epoch } : undefined;
  } catch {
    return undefined; // a stranger's message on our subject says nothing about anybody's life
  }
}
