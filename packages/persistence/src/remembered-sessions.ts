// What sessions sent to one actor and have no answer for yet, as far as the actor knows. Every envelope says below which
// number its session has all answers: those are forgotten, and a late copy of one of them is told from a new command.
// A session is known once a command of it was done. Bounded by bytes: replies give way first, oldest first, then ids, and
// then the mark moves up by itself, so that a late copy is dropped rather than done twice (a new command below it, too).
import type { CommandOwner } from "@aether/actor";
import { type CommandRow, isCommandRow, isCount, type RememberedCommand, rowsJson } from "./command-rows.ts";
import { OpenCommands } from "./open-commands.ts";

/** `[session, answeredBelow, commands]` */
export type SessionRow = readonly [session: string, answeredBelow: number, commands: readonly CommandRow[]];

interface Entry {
  readonly session: string;
  answeredBelow: number;
  /** What it was when answered commands were forgotten last. */
  forgottenBelow: number;
  readonly open: OpenCommands;
}

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

  /** Whether a command of this number is remembered, by this or another id. */
  has({ session, n }: CommandOwner): boolean {
    return this.#find(session)?.open.has(n) === true;
  }

  get(owner: CommandOwner, id: string): RememberedCommand | undefined {
    const entry = this.#find(owner.session);
    if (entry === undefined || owner.n < entry.answeredBelow) return undefined;
    return entry.open.find(owner.n, id);
  }

  remember(owner: CommandOwner, command: RememberedCommand): void {
    const entry = this.#find(owner.session) ?? this.#enter(owner.session);
    if (owner.n < entry.answeredBelow) return;
    this.#bytes += entry.open.put(owner.n, command);
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
      return `["${session}",${answeredBelow},${rowsJson(open.values(), stemOf(session))}]`;
    });
    return `[${rows.join(",")}]`;
  }

  /** More than is needed, so that it is not looked for at every command. */
  #makeRoom(newest: string): void {
    const enough = this.#maxBytes - this.#maxBytes / 8;
    for (const entry of this.#sessions.values()) {
      this.#forgetAnswered(entry);
      // That of the newest command stays: a repeat of it is the likeliest.
      this.#bytes -= entry.open.giveUpOutcomes(this.#bytes - enough, newest);
    }
    while (this.#bytes > enough && this.#giveUpCommands());
  }

  /** The session that was heard of longest ago gives up the older quarter of its commands; false: none has any. */
  #giveUpCommands(): boolean {
    for (const entry of this.#sessions.values()) {
      if (entry.open.size === 0) continue;
      entry.answeredBelow = Math.max(entry.answeredBelow, entry.open.endOfQuarter());
      this.#forgetAnswered(entry);
      return true;
    }
    return false;
  }

  #forgetAnswered(entry: Entry): void {
    entry.forgottenBelow = entry.answeredBelow;
    this.#bytes -= entry.open.forgetBelow(entry.answeredBelow);
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
    const entry: Entry = { session, answeredBelow: 0, forgottenBelow: 0, open: new OpenCommands() };
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
    this.#bytes -= entry.open.forgetBelow(Number.POSITIVE_INFINITY);
    this.#sessions.delete(entry.session);
    this.#bytes -= entry.session.length + sessionRoom;
    if (this.#latest === entry) this.#latest = undefined;
  }
}

/** What the ids of a session's commands begin with. Its rows have the rest. */
export function stemOf(session: string): string {
  return `~${session}.`;
}

/** Of what a snapshot says. */
export function isSessionRow(row: unknown): row is SessionRow {
  if (!Array.isArray(row)) return false;
  const [session, answeredBelow, commands] = row as unknown[];
  if (typeof session !== "string" || !/^[0-9a-z]+$/.test(session) || !isCount(answeredBelow)) return false;
  return Array.isArray(commands) && commands.every(isCommandRow);
}
