// What sessions sent to one actor and have no answer for yet, as far as the actor knows. Every envelope says below which
// number its session has all answers: those are forgotten, and a late copy of one of them is told from a new command.
// Bounded by bytes: past them the mark moves up by itself, so that a late copy is dropped rather than done twice.
import type { CommandOwner } from "@aether/actor";
import { type CommandRow, type RememberedCommand, rowsJson, sizeOf } from "./command-rows.ts";

/** `[session, answeredBelow, commands]` */
export type SessionRow = readonly [session: string, answeredBelow: number, commands: readonly CommandRow[]];

interface Entry {
  readonly session: string;
  answeredBelow: number;
  /** What it was when answered commands were forgotten last. */
  forgottenBelow: number;
  /** By number. */
  readonly open: Map<number, Family>;
}

/** A command, or by id several: those that it led to have its number too. */
type Family = RememberedCommand | Map<string, RememberedCommand>;

/** Answered commands are forgotten when the mark has moved by this much: looking costs more than forgetting. */
const forgetEvery = 64;
/** The least recently heard of go first. */
const maxSessions = 1_000;

export class RememberedSessions {
  readonly #sessions = new Map<string, Entry>();
  readonly #maxBytes: number;
  /** That of the session that was heard of last. */
  #latest: Entry | undefined;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Moves the session's mark up to `answeredBelow`, then tells whether the command lies below it. */
  isAnswered(owner: CommandOwner, answeredBelow: number): boolean {
    const entry = this.#entry(owner.session);
    if (answeredBelow > entry.answeredBelow) entry.answeredBelow = answeredBelow;
    if (entry.answeredBelow - entry.forgottenBelow >= forgetEvery) this.#forgetAnswered(entry);
    return owner.n < entry.answeredBelow;
  }

  get(owner: CommandOwner, id: string): RememberedCommand | undefined {
    const entry = this.#entry(owner.session);
    const family = owner.n < entry.answeredBelow ? undefined : entry.open.get(owner.n);
    if (family instanceof Map) return family.get(id);
    return family?.id === id ? family : undefined;
  }

  remember(owner: CommandOwner, command: RememberedCommand): void {
    const entry = this.#entry(owner.session);
    if (owner.n < entry.answeredBelow) return;
    const before = add(entry.open, owner.n, command);
    this.#bytes += sizeOf(command) - (before === undefined ? 0 : sizeOf(before));
    if (this.#bytes <= this.#maxBytes) return;
    for (const each of this.#sessions.values()) this.#forgetAnswered(each);
    while (this.#bytes > this.#maxBytes) this.#makeRoom();
  }

  /** The session that was heard of longest ago gives up the older quarter of its commands. */
  #makeRoom(): void {
    for (const entry of this.#sessions.values()) {
      let left = Math.ceil(entry.open.size / 4);
      for (const n of entry.open.keys()) {
        this.#forget(entry, n);
        entry.answeredBelow = Math.max(entry.answeredBelow, n + 1);
        if (--left === 0) return;
      }
    }
    this.#bytes = 0;
  }

  /** Numbers come nearly in order: what stands behind a higher one is forgotten a little later. */
  #forgetAnswered(entry: Entry): void {
    entry.forgottenBelow = entry.answeredBelow;
    for (const n of entry.open.keys()) {
      if (n >= entry.answeredBelow) return;
      this.#forget(entry, n);
    }
  }

  #forget({ open }: Entry, n: number): void {
    for (const command of members(open.get(n))) this.#bytes -= sizeOf(command);
    open.delete(n);
  }

  toJson(): string {
    const rows = [...this.#sessions].map(([session, entry]) => {
      this.#forgetAnswered(entry);
      const { answeredBelow, open } = entry;
      const commands = [...open.values()].flatMap(members);
      return `["${session}",${answeredBelow},${rowsJson(commands)}]`;
    });
    return `[${rows.join(",")}]`;
  }

  #entry(session: string): Entry {
    if (this.#latest?.session === session) return this.#latest;
    const entry = this.#sessions.get(session) ?? { session, answeredBelow: 0, forgottenBelow: 0, open: new Map() };
    this.#latest = entry;
    this.#sessions.delete(session);
    this.#sessions.set(session, entry);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > maxSessions && oldest !== undefined) this.#drop(oldest);
    return entry;
  }

  #drop(session: string): void {
    const entry = this.#sessions.get(session);
    for (const n of entry?.open.keys() ?? []) if (entry !== undefined) this.#forget(entry, n);
    this.#sessions.delete(session);
  }
}

/** @returns what stood there under its id: the part of it that was stored before */
function add(open: Entry["open"], n: number, command: RememberedCommand): RememberedCommand | undefined {
  const family = open.get(n);
  if (family instanceof Map) {
    const before = family.get(command.id);
    family.set(command.id, command);
    return before;
  }
  const isAlone = family === undefined || family.id === command.id;
  open.set(n, isAlone ? command : new Map([family, command].map((member) => [member.id, member])));
  return isAlone ? family : undefined;
}

function members(family: Family | undefined): readonly RememberedCommand[] {
  if (family === undefined) return [];
  return family instanceof Map ? [...family.values()] : [family];
}
