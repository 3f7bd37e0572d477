// Header bytes made without the client's header object, which costs more than the append itself. The client asks
// headers for nothing but `encode()`, so that an object with ready bytes passes (tested on a real server).
import type { MsgHdrs } from "@nats-io/transport-node";

/** Headers whose bytes are already there. */
export interface EncodedHeaders {
  readonly bytes: Uint8Array;
  /** For `PublishOptions.headers` of the client. */
  readonly forClient: MsgHdrs;
}

/**
 * `Nats-Expected-Last-Subject-Sequence: <sequence>`: the fence of an append.
 * @param ttlSeconds how long the message is kept @default as long as its stream keeps messages
 */
export function expectedSequenceHeader(sequence: number, ttlSeconds?: number): EncodedHeaders {
  const ttl = ttlSeconds === undefined ? "" : `Nats-TTL: ${ttlSeconds}\r\n`;
  const bytes = Buffer.from(`NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: ${sequence}\r\n${ttl}\r\n`, "latin1");
  return { bytes, forClient: { encode: () => bytes } as unknown as MsgHdrs };
}

/** What the fence adds to an append at most: `maxPayloadBytes` less this is what always fits, whatever the sequence. */
export const maxAppendHeaderBytes: number = expectedSequenceHeader(Number.MAX_SAFE_INTEGER).bytes.length;
