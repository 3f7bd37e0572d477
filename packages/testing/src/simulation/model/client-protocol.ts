// What a client says to a server, read from bytes as they come, in whatever pieces. Invariant: a command is handed on once
// and whole; what a cut connection left unfinished is never acted upon.

/** One message as a client publishes it. */
export interface Published {
  readonly subject: string;
  readonly reply: string | undefined;
  readonly headers: Uint8Array | undefined;
  readonly data: Uint8Array;
}

/** Takes what a client says. */
export interface ClientCommands {
  connect(options: { readonly no_responders?: boolean; readonly echo?: boolean }): void;
  ping(): void;
  subscribe(subject: string, sid: string): void;
  unsubscribe(sid: string, max: number | undefined): void;
  publish(message: Published): void;
}

interface Payload {
  readonly subject: string;
  readonly reply: string | undefined;
  readonly headerBytes: number;
  readonly bytes: number;
}

/** Reads one connection. */
export class ClientReader {
  readonly #to: ClientCommands;
  #rest: Buffer = Buffer.alloc(0);
  #payload: Payload | undefined;

  constructor(to: ClientCommands) {
    this.#to = to;
  }

  read(chunk: Uint8Array): void {
    const piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    while (this.#step());
  }

  #step(): boolean {
    if (this.#payload !== undefined) return this.#takePayload(this.#payload);
    const end = this.#rest.indexOf("\r\n");
    if (end < 0) return false;
    const line = this.#rest.toString("utf8", 0, end);
    this.#rest = this.#rest.subarray(end + 2);
    this.#command(line);
    return true;
  }

  #takePayload({ subject, reply, headerBytes, bytes }: Payload): boolean {
    if (this.#rest.length < bytes + 2) return false;
    // A copy: what is stored must not change with the sender's buffer.
    const all = Buffer.from(this.#rest.subarray(0, bytes));
    this.#rest = this.#rest.subarray(bytes + 2);
    this.#payload = undefined;
    const headers = headerBytes > 0 ? all.subarray(0, headerBytes) : undefined;
    this.#to.publish({ subject, reply, headers, data: all.subarray(headerBytes) });
    return true;
  }

  #command(line: string): void {
    const [verb = "", ...rest] = line.split(" ");
    switch (verb.toUpperCase()) {
      case "PUB":
        return this.#awaitPayload(rest, 1);
      case "HPUB":
        return this.#awaitPayload(rest, 2);
      case "SUB":
        return this.#to.subscribe(rest[0] as string, rest.at(-1) as string);
      case "UNSUB":
        return this.#to.unsubscribe(rest[0] as string, rest[1] === undefined ? undefined : Number(rest[1]));
      case "PING":
        return this.#to.ping();
      case "CONNECT":
        return this.#to.connect(JSON.parse(line.slice(8)) as { no_responders?: boolean });
      case "PONG":
        return;
      default:
        throw new Error(`the model of nats-server does not know the command ${JSON.stringify(line)}`);
    }
  }

  #awaitPayload(rest: readonly string[], sizes: number): void {
    const bytes = Number(rest.at(-1));
    const headerBytes = sizes === 2 ? Number(rest.at(-2)) : 0;
    const reply = rest.length > sizes + 1 ? rest[1] : undefined;
    this.#payload = { subject: rest[0] as string, reply, headerBytes, bytes };
  }
}
