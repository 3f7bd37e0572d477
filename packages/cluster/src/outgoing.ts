// A message on its way to another node, with its arguments as they were when it was sent, and what it weighs.
import { EncodedValue, type Envelope, withArguments } from "@aether/actor";
import { MessageTooLarge } from "./errors.ts";
import { encodeMessage, type MessageText, type OutgoingMessage, senderOf } from "./frame-format.ts";

/** Text this short is taken for three bytes a character, which is the most that UTF-8 needs, rather than measured. */
const shortText = 256;
/** Of numbers, brackets and commas, and of an address beside its id. */
const messageBytes = 48;
const addressBytes = 80;
/** What escapes can make of one character of an id. */
const escapedBytes = 6;
/** More than a frame needs beside its messages, so that each also fits into the answer that returns it. */
const messageRoom = 1_024;
/** What a message keeps in memory besides its text, roughly. */
const objectBytes = 128;

export class Outgoing implements OutgoingMessage {
  declare readonly envelope: Envelope;
  declare readonly n: number;
  declare readonly text: MessageText;
  /** At most what it adds to a frame. */
  declare readonly bytes: number;
  declare isQueued: boolean;

  constructor(envelope: Envelope, n: number, text: MessageText, bytes: number) {
    this.envelope = envelope;
    this.n = n;
    this.text = text;
    this.bytes = bytes;
    this.isQueued = false;
  }

  get weight(): number {
    return this.bytes + objectBytes;
  }

  /** Whether somebody still wants it to be done. */
  isWanted(now: number): boolean {
    const { reply, deadline } = this.envelope;
    return now < deadline && reply?.isSettled !== true;
  }

  /** For whoever sends it again, by another way. */
  detached(): Envelope {
    return withArguments(this.envelope, new EncodedValue(this.text.args));
  }
}

/** @throws TypeError for arguments that JSON would change, MessageTooLarge (`CLUSTER_MESSAGE_TOO_LARGE`) */
export function outgoing(envelope: Envelope, n: number, maxFrameBytes: number): Outgoing {
  const text = encodeMessage(envelope);
  const tail = text.tail ?? "";
  const sender = text.tail === undefined ? undefined : senderOf(envelope);
  const addresses = addressSize(envelope.to.id) + (sender === undefined ? 0 : addressSize(sender.id));
  const bytes = messageBytes + sizeOf(text.head) + sizeOf(tail) + addresses;
  if (bytes + messageRoom > maxFrameBytes) {
    throw new MessageTooLarge(`"${envelope.command}"`, bytes + messageRoom, maxFrameBytes);
  }
  return new Outgoing(envelope, n, text, bytes);
}

export function sizeOf(text: string): number {
  return text.length <= shortText ? 3 * text.length : Buffer.byteLength(text);
}

function addressSize(id: string): number {
  return addressBytes + escapedBytes * id.length;
}
