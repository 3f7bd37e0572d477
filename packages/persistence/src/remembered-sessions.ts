// What sessions sent to one actor and have no answer for yet, as far as the actor knows. Every envelope says below which
// number its session has all answers: those are forgotten, and a late copy of one of them is told from a new command.
// A session is known once a command of it was done. Bounded by bytes: replies give way first, oldest first, then ids, and
// then the mark moves up by itself, so that a late copy is dropped rather than done twice (a new command below it, too).
import type { CommandOwner } from "@aether/actor";
import {
  type CommandRow,
  isCommandRow,
  isCount,
  isRoomy,
  type RememberedCommand,
  rowsJson,
  sizeOf,
  withoutOutcome,
} from "./command-rows.ts";

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
/** Past them the least recently heard of goes, one without open commands first: its mark goes with it. */
const maxSessions = 1_000;
/** What the row of a session takes, besides its name and commands. */
const sessionRoom = 24;

export class RememberedSessions {
  /** The least recently heard of first. */
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
    const entry = this.#find(owner.session);
    if (entry === undefined) return owner.n < answeredBelow; // nothing of it was done here: there is nothing to mark
    if (answeredBelow > entry.answeredBelow) entry.answeredBelow = answeredBelow;
    if (entry.answeredBelow - entry.forgottenBelow >= forgetEvery) this.#forgetAnswered(entry);
    return owner.n < entry.answeredBelow;
  }

  get(owner: CommandOwner, id: string): RememberedCommand | undefined {
    const entry = this.#find(owner.session);
    if (entry === undefined || owner.n < entry.answeredBelow) return undefined;
    const family = entry.open.get(owner.n);
    if (family instanceof Map) return family.get(id);
    return family?.id === id ? family : undefined;
  }

  remember(owner: CommandOwner, command: RememberedCommand): void {
    const entry = this.#find(owner.session) ?? this.#enter(owner.session);
    if (owner.n < entry.answeredBelow) return;
    this.#put(entry, owner.n, command);
    if (this.#bytes > this.#maxBytes) this.#makeRoom(command.id);
  }

  /** Takes over the mark that a snapshot has. */
  restoreMark(session: string, answeredBelow: number): void {
    const entry = this.#find(session) ?? this.#enter(session);
    entry.answeredBelow = Math.max(entry.answeredBelow, answeredBelow);
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

  #put({ open }: Entry, n: number, command: RememberedCommand): void {
    const before = add(open, n, command);
    this.#bytes += sizeOf(command) - (before === undefined ? 0 : sizeOf(before));
  }

  /** More than is needed, so that it is not looked for at every command. */
  #makeRoom(newest: string): void {
    const enough = this.#maxBytes - this.#maxBytes / 8;
    for (const entry of this.#sessions.values()) {
      this.#forgetAnswered(entry);
      this.#giveUpOutcomes(entry, enough, newest);
    }
    while (this.#bytes > enough && this.#giveUpCommands());
  }

  /** That of the newest command stays: a repeat of it is the likeliest. */
  #giveUpOutcomes(entry: Entry, enough: number, newest: string): void {
    for (const [n, family] of entry.open) {
      for (const command of members(family)) {
        if (this.#bytes <= enough) return;
        if (isRoomy(command) && command.id !== newest) this.#put(entry, n, withoutOutcome(command));
      }
    }
  }

  /** The session that was heard of longest ago gives up the older quarter of its commands; false: none has any. */
  #giveUpCommands(): boolean {
    for (const entry of this.#sessions.values()) {
      let left = Math.ceil(entry.open.size / 4);
      for (const n of entry.open.keys()) {
        this.#forget(entry, n);
        entry.answeredBelow = Math.max(entry.answeredBelow, n + 1);
        if (--left === 0) return true;
      }
    }
    return false;
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

  #find(session: string): Entry | undefined {
    if (this.#latest?.session === session) return this.#latest;
    const entry = this.#sessions.get(session);
    if (entry === undefined) return undefined;
    this.#sessions.delete(session);
    this.#sessions.set(session, entry);
    return (this.#latest = entry);
  }

  #enter(session: string): Entry {
    if (this.#sessions.size >= maxSessions) this.#drop(this.#mostIdle());
    const entry: Entry = { session, answeredBelow: 0, forgottenBelow: 0, open: new Map() };
    this.#sessions.set(session, entry);
    this.#bytes += session.length + sessionRoom;
    return (this.#latest = entry);
  }

  #mostIdle(): Entry | undefined {
    for (const entry of this.#sessions.values()) {
      this.#forgetAnswered(entry);
      if (entry.open.size === 0) return entry;
    }
    return this.#sessions.values().next().value;
  }

  #drop(entry: Entry | undefined): void {
    if (entry === undefined) return;
    for (const n of entry.open.keys()) this.#forget(entry, n);
    this.#sessions.delete(entry.session);
    this.#bytes -= entry.session.length + sessionRoom;
    if (this.#latest === entry) this.#latest = undefined;
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

/** Of what a snapshot says. */
export function isSessionRow(row: unknown): row is SessionRow {
  if (!Array.isArray(row)) return false;
  const [session, answeredBelow, commands] = row as unknown[];
  if (typeof session !== "string" || !/^[0-9a-z]+$/.test(session) || !isCount(answeredBelow)) return false;
  return Array.isArray(commands) && commands.every(isCommandRow);
}
