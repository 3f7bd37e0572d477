// Headers as they travel: a version line, perhaps with a status, then one line per header.

const version = "NATS/1.0";

/** The headers of a message by name, the first value of each. */
export function readHeaders(bytes: Uint8Array | undefined): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  if (bytes === undefined) return headers;
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8").split("\r\n");
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(":");
    if (colon > 0 && !headers.has(line.slice(0, colon)))
      headers.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return headers;
}

/** @param status such as `503`, or `404 Message Not Found`; empty for a message of somebody's */
export function writeHeaders(status: string, headers: Readonly<Record<string, string | number>> = {}): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${version}${status === "" ? "" : ` ${status}`}\r\n${lines.join("")}\r\n`, "utf8");
}

/** The lines of stored headers, to be put behind others. */
export function withoutVersion(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return "";
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return text.slice(text.indexOf("\r\n") + 2).replace(/\r\n$/, "");
}
