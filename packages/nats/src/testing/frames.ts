// Cuts the bytes of one direction of a NATS connection into whole protocol messages. Invariant: frames in order, joined
// again, are exactly the bytes that came; only complete ones are handed out.

/** One protocol message, with subject, reply and payload when it carries one. */
export interface Frame {
  readonly bytes: Buffer;
  readonly message?: FrameMessage;
}

/** What a message frame carries. */
export interface FrameMessage {
  readonly subject: string;
  /** Where the sender of a publish expects the answer; of no use in what the server delivers. */
  readonly reply: string | undefined;
  /** Without the headers. */
  readonly payload: Buffer;
}

/** How many words a message frame has when it names a reply; its last words are sizes. */
const wordsWithReply: Readonly<Record<string, number>> = { MSG: 5, HMSG: 6, PUB: 4, HPUB: 5 };

/** A stateful splitter: give it chunks, get the frames that are complete by now. */
export function createFrameSplitter(): (chunk: Buffer) => readonly Frame[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const frames: Frame[] = [];
    for (let frame = firstFrame(rest); frame !== undefined; frame = firstFrame(rest)) {
      frames.push(frame);
      rest = rest.subarray(frame.bytes.length);
    }
    return frames;
  };
}

function firstFrame(bytes: Buffer): Frame | undefined {
  const lineEnd = bytes.indexOf("\r\n");
  if (lineEnd < 0) return undefined;
  const words = bytes.toString("latin1", 0, lineEnd).split(" ");
  const [verb = "", subject = ""] = words;
  const withReply = wordsWithReply[verb];
  if (withReply === undefined) return { bytes: bytes.subarray(0, lineEnd + 2) };
  const hasHeaders = verb.startsWith("H");
  const end = lineEnd + 2 + Number(words.at(-1)) + 2;
  if (bytes.length < end) return undefined;
  const headerBytes = hasHeaders ? Number(words.at(-2)) : 0;
  const reply = words.length === withReply ? words.at(hasHeaders ? -3 : -2) : undefined;
  const payload = bytes.subarray(lineEnd + 2 + headerBytes, end - 2);
  return { bytes: bytes.subarray(0, end), message: { subject, reply, payload } };
}
