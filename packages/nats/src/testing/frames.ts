// Cuts the bytes that a NATS server sends into whole protocol messages. Invariant: frames in order, joined again, are
// exactly the bytes that came; only complete ones are handed out.

/** One protocol message of the server, with its payload when it is a MSG or HMSG. */
export interface ServerFrame {
  readonly bytes: Buffer;
  readonly payload: Buffer | undefined;
}

/** A stateful splitter: give it chunks, get the frames that are complete by now. */
export function createFrameSplitter(): (chunk: Buffer) => readonly ServerFrame[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const frames: ServerFrame[] = [];
    for (let frame = firstFrame(rest); frame !== undefined; frame = firstFrame(rest)) {
      frames.push(frame);
      rest = rest.subarray(frame.bytes.length);
    }
    return frames;
  };
}

function firstFrame(bytes: Buffer): ServerFrame | undefined {
  const lineEnd = bytes.indexOf("\r\n");
  if (lineEnd < 0) return undefined;
  const words = bytes.toString("latin1", 0, lineEnd).split(" ");
  const verb = words[0];
  if (verb !== "MSG" && verb !== "HMSG") return { bytes: bytes.subarray(0, lineEnd + 2), payload: undefined };
  const size = Number(words.at(-1));
  const headerSize = verb === "HMSG" ? Number(words.at(-2)) : 0;
  const end = lineEnd + 2 + size + 2;
  if (bytes.length < end) return undefined;
  return { bytes: bytes.subarray(0, end), payload: bytes.subarray(lineEnd + 2 + headerSize, end - 2) };
}
