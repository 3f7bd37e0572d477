// Who an actor is: a type and an id. Both are checked here, once; wherever an id meets a subject, a key or a path it is
// encoded, one-to-one and as a single token, and never trusted.
import type { Envelope } from "./envelope.ts";
import { InvalidActorId } from "./errors.ts";
import type { Flag } from "./flag.ts";

export type ActorType = string;
export type ActorId = string;

export const maxIdBytes = 200;
const typePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const plain = /^[A-Za-z0-9_-]+$/;

/** An address, or an actor of this node, whose address is worked out when somebody asks. */
export interface Addressed {
  readonly address: ActorAddress;
  /** Who was found there last, on this node: it spares the kernel a search for each message. */
  resident: Resident | undefined;
}

/** What lives at an address on this node. */
export interface Resident extends Addressed {
  /** Whether it handles messages now. */
  readonly isOpen: Flag;
  readonly isGone: boolean;
  enqueue(envelope: Envelope): void;
}

/** Names one actor in one system. Two addresses are the same actor when type, id and parent are equal. */
export class ActorAddress implements Addressed {
  readonly type: ActorType;
  readonly id: ActorId;
  /** The actor that spawned this one; a spawned actor lives and ends with it, on its node. */
  readonly parent: ActorAddress | undefined;
  #resident: Resident | undefined;

  /** @throws InvalidActorId (`ACTOR_INVALID_ID`) when the id is empty, over 200 UTF-8 bytes, or has a lone surrogate. */
  constructor(type: ActorType, id: ActorId, parent?: ActorAddress) {
    if (!isPlainId(id)) checkId(id);
    this.type = type;
    this.id = id;
    this.parent = parent;
    this.#resident = undefined;
  }

  get address(): ActorAddress {
    return this;
  }

  /** The kernel's own. */
  get resident(): Resident | undefined {
    return this.#resident;
  }

  set resident(found: Resident | undefined) {
    this.#resident = found;
  }

  /** `type/encoded-id`, behind the path of the parent if there is one: one line, whatever the id holds. */
  toString(): string {
    const name = `${this.type}/${encodeId(this.id)}`;
    return this.parent === undefined ? name : `${this.parent.toString()}/${name}`;
  }
}

/** @throws TypeError when the name cannot be a type: a letter, then up to 63 letters, digits, `_` or `-`. */
export function checkType(type: unknown, className: string): ActorType {
  if (typeof type === "string" && typePattern.test(type)) return type;
  throw new TypeError(
    `${className}: static type ${JSON.stringify(type)} is refused; use a letter, then up to 63 letters, digits, "_" or "-".`,
  );
}

/** Short, and of letters, digits, `_` and `-` alone, as most are. */
function isPlainId(id: unknown): boolean {
  if (typeof id !== "string" || id.length === 0 || id.length > 32) return false;
  for (let i = 0; i < id.length; i++) if (!isPlainCode(id.charCodeAt(i))) return false;
  return true;
}

function isPlainCode(code: number): boolean {
  const lower = code | 32;
  return (lower >= 97 && lower <= 122) || (code >= 48 && code <= 57) || code === 45 || code === 95;
}

/** @throws InvalidActorId (`ACTOR_INVALID_ID`) */
export function checkId(id: unknown): asserts id is ActorId {
  if (typeof id !== "string") throw new InvalidActorId(id, "an id is a string");
  if (id.length === 0) throw new InvalidActorId(id, "it is empty");
  if (id.length <= maxIdBytes && plain.test(id)) return;
  if (!isWellFormed(id)) throw new InvalidActorId(id, "it holds half of a surrogate pair");
  const bytes = Buffer.byteLength(id);
  if (bytes > maxIdBytes)
    throw new InvalidActorId(id, `it has ${bytes} bytes in UTF-8, at most ${maxIdBytes} are allowed`);
}

export function isWellFormed(text: string): boolean {
  return text.isWellFormed();
}

/** One token of letters, digits, `_`, `-` and `=`: every other byte of the UTF-8 form becomes `=` and two hex digits. */
export function encodeId(id: ActorId): string {
  if (plain.test(id)) return id;
  let token = "";
  for (const byte of Buffer.from(id)) {
    const char = String.fromCharCode(byte);
    token += byte < 128 && plain.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return token;
}

/** The inverse of `encodeId`. @throws InvalidActorId for a token that `encodeId` never makes. */
export function decodeId(token: string): ActorId {
  const bytes: number[] = [];
  for (let i = 0; i < token.length; i++) {
    if (token[i] !== "=") bytes.push(token.charCodeAt(i));
    else {
      bytes.push(Number.parseInt(token.slice(i + 1, i + 3), 16));
      i += 2;
    }
  }
  const id = Buffer.from(bytes).toString();
  if (id === "" || encodeId(id) !== token) throw new InvalidActorId(token, "it is not an encoded id");
  return id;
}
