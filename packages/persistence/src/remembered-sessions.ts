// What sessions sent to one actor and have no answer for yet, as far as the actor knows. Every envelope says below which
// number its session has all answers: those are forgotten, and a late copy of one of them is told from a new command.
import { type CommandRow, type RememberedCommand, rowsJson } from "./command-rows.ts";

/** `[session, answeredBelow, commands]` */
export type SessionRow = readonly [session: string, answeredBelow: number, commands: readonly CommandRow[]];

interface Owner {
  readonly session: string;
  readonly n: number;
}

interface Entry {
  answeredBelow: number;
  /** By number, and within it by id: a command and the ones it led to. */
  readonly open: Map<number, Map<string, RememberedCommand>>;
}

/** The least recently heard of go first. */
const maxSessions = 1_000;

export class RememberedSessions {
  readonly #sessions = new Map<string, Entry>();

  /** Moves the session's mark up to `answeredBelow`, then tells whether the command lies below it. */
  isAnswered(owner: Owner, answeredBelow: number): boolean {
    const entry = this.#entry(owner.session);
    if (answeredBelow > entry.answeredBelow) {
      entry.answeredBelow = answeredBelow;
      for (const n of entry.open.keys()) if (n < answeredBelow) entry.open.delete(n);
    }
    return owner.n < entry.answeredBelow;
  }

  get(owner: Owner, id: string): RememberedCommand | undefined {
    return this.#sessions.get(owner.session)?.open.get(owner.n)?.get(id);
  }

  remember(owner: Owner, command: RememberedCommand): void {
    const entry = this.#entry(owner.session);
    if (owner.n < entry.answeredBelow) return;
    const family = entry.open.get(owner.n) ?? new Map<string, RememberedCommand>();
    family.set(command.id, command);
    entry.open.set(owner.n, family);
  }

  toJson(): string {
    const rows = [...this.#sessions].map(([session, { answeredBelow, open }]) => {
      const commands = [...open.values()].flatMap((family) => [...family.values()]);
      return `["${session}",${answeredBelow},${rowsJson(commands)}]`;
    });
    return `[${rows.join(",")}]`;
  }

  #entry(session: string): Entry {
    const entry = this.#sessions.get(session) ?? { answeredBelow: 0, open: new Map() };
    this.#sessions.delete(session);
    this.#sessions.set(session, entry);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > maxSessions && oldest !== undefined) this.#sessions.delete(oldest);
    return entry;
  }
}
