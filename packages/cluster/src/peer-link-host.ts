// What a line to another node needs of this one.
import type { Clock, Envelope, Scheduler } from "@aether/actor";
import type { NodeAddress } from "./contracts/node.ts";
import type { Transport } from "./contracts/transport.ts";
import type { FrameHeader } from "./frame-format.ts";

export interface PeerLinkHost {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly transport: Transport;
  /** For the next frame. */
  header(): FrameHeader;
  /** Numbers for lines and for messages; each is given once in the life of this process, so that late answers meet nobody. */
  nextLine(): number;
  nextMessage(): number;
  nobodyListens(to: NodeAddress, lookAgain: () => void): void;
  heard(from: NodeAddress): void;
  /** The receiver certainly did not do it. */
  undelivered(envelope: Envelope, why: { readonly reason: string; readonly revision: number | undefined }): void;
  /** It did not arrive, or can be sent again without harm. */
  sendAgain(envelope: Envelope): void;
  refuse(envelope: Envelope, error: Error): void;
}
