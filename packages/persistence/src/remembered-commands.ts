// The commands that an actor has done, by id: a repeat gets the first outcome and changes nothing. What a session sent is
// kept until the session has its answer; what callers named themselves by count and age, and past that horizon a repeat
// runs as new. Where outcomes take too many bytes, the oldest give way: a repeat is then told that it is done.
import {
  type CommandOwner,
  type Envelope,
  EncodedValue,
  jsonText,
  parseCommandId,
  Rejection,
  type RepeatedCommand,
} from "@aether/actor";
import { commandDigest } from "./command-digest.ts";
import {
  type CommandRow,
  fromRow,
  isCommandRow,
  isRoomy,
  type RememberedCommand,
  rowsJson,
  sizeOf,
  withoutOutcome,
} from "./command-rows.ts";
import type { StoredOutcome, StoredTurn } from "./commit-format.ts";
import { CommandAlreadyDone, CommandForgotten, CommandIdReused, CommandInterrupted } from "./errors.ts";
import { isSessionRow, RememberedSessions, type SessionRow, stemOf } from "./remembered-sessions.ts";

/**
 * How long ids that callers chose are recognised. An id goes when both `minCount` newer ones are there and it has the age,
 * or when there are more than `maxCount`. All of it travels in every snapshot.
 */
export interface CommandHorizon {
  /** The last so many ids are kept, however old. @default 1,000 */
  readonly minCount: number;
  /** Younger ones are kept, in milliseconds, up to `maxCount`. @default 600,000 */
  readonly minAgeMs: number;
  /** No more than this are kept, however young. @default 10,000 */
  readonly maxCount: number;
  /**
   * Ids and outcomes together: past it the oldest outcomes give way, and a repeat is refused as done
   * (`PERSISTENCE_COMMAND_ALREADY_DONE`); chosen ids stay. It holds a second time for what sessions sent, and there ids go
   * too, if they alone take more. @default 262,144
   */
  readonly maxBytes: number;
}

export const defaultHorizon: CommandHorizon = Object.freeze({
  minCount: 1_000,
  minAgeMs: 600_000,
  maxCount: 10_000,
  maxBytes: 262_144,
});

/** As it stands in a snapshot. */
export interface RememberedRows {
  readonly named: readonly CommandRow[];
  readonly sessions: readonly SessionRow[];
}

export class RememberedCommands {
  readonly #horizon: CommandHorizon;
  readonly #named = new Map<string, RememberedCommand>();
  readonly #sessions: RememberedSessions;
  #namedBytes = 0;
  /** Named commands whose outcomes can give way, oldest first. */
  readonly #roomy = new Set<string>();
  /** A command is looked for when its turn begins, and remembered when that ends. */
  #lastId: string | undefined;
  #lastOwner: CommandOwner | undefined;

  constructor(horizon: CommandHorizon) {
    this.#horizon = horizon;
    this.#sessions = new RememberedSessions(horizon.maxBytes);
  }

  /** @param owner whose session its id belongs to */
  remember(command: RememberedCommand, owner: CommandOwner | undefined = this.#ownerOf(command.id)): void {
    if (owner !== undefined) return this.#sessions.remember(owner, command);
    const before = this.#named.get(command.id);
    if (before !== undefined) this.#forget(before); // the part of it that was stored before
    this.#put(command);
    this.#giveUpOutcomes(command.id);
    for (const oldest of this.#named.values()) {
      if (oldest === command || !this.#isBeyond(oldest, command.time)) return;
      this.#forget(oldest);
    }
  }

  #put(command: RememberedCommand): void {
    this.#named.set(command.id, command);
    this.#namedBytes += sizeOf(command);
    if (isRoomy(command)) this.#roomy.add(command.id);
  }

  #forget(command: RememberedCommand): void {
    this.#named.delete(command.id);
    this.#roomy.delete(command.id);
    this.#namedBytes -= sizeOf(command);
  }

  /** That of the newest stays: a repeat of it is the likeliest. */
  #giveUpOutcomes(newest: string): void {
    for (const id of this.#roomy) {
      if (this.#namedBytes <= this.#horizon.maxBytes || id === newest) return;
      const command = this.#named.get(id) as RememberedCommand;
      const rest = withoutOutcome(command);
      this.#named.set(id, rest); // in its place: the order is that of age
      this.#namedBytes += sizeOf(rest) - sizeOf(command);
      this.#roomy.delete(id);
    }
  }

  #isBeyond(oldest: RememberedCommand, now: number): boolean {
    const { minCount, minAgeMs, maxCount } = this.#horizon;
    if (this.#named.size > maxCount) return true;
    return this.#named.size > minCount && now - oldest.time >= minAgeMs;
  }

  /** The outcome of an earlier run of this command, if it is remembered. */
  recall(envelope: Envelope, actor: string): RepeatedCommand | undefined {
    const owner = envelope.owner ?? this.#ownerOf(envelope.commandId);
    const isAnswered = owner !== undefined && this.#sessions.isAnswered(owner, envelope.answeredBelow);
    // The id of a new command of a session is not even made.
    if (owner !== undefined && !isAnswered && !this.#sessions.has(owner)) return undefined;
    const { commandId: id } = envelope;
    if (id === undefined) return undefined;
    if (isAnswered) return { type: "refused", error: new CommandForgotten(actor, id) };
    const done = owner === undefined ? this.#named.get(id) : this.#sessions.get(owner, id);
    return this.#outcome(done, envelope, actor);
  }

  /** Takes over what a stored turn says; `version` is the one after it. */
  rememberStored(turn: StoredTurn, version: number): void {
    if (turn.command === undefined) return;
    const { command: id, time, digest } = turn;
    this.remember({ id, version, time, digest, outcome: outcomeText(turn.outcome) });
  }

  /** `RememberedRows` as JSON, oldest first. */
  toJson(): string {
    return `{"named":${rowsJson(this.#named.values(), "")},"sessions":${this.#sessions.toJson()}}`;
  }

  restore({ named, sessions }: RememberedRows): void {
    for (const row of named) this.remember(fromRow(row, ""));
    for (const [session, answeredBelow, rows] of sessions) {
      this.#sessions.restoreMark(session, answeredBelow);
      for (const row of rows) this.remember(fromRow(row, stemOf(session)));
    }
  }

  #ownerOf(id: string | undefined): CommandOwner | undefined {
    if (id === undefined) return undefined;
    if (id !== this.#lastId) {
      this.#lastId = id;
      this.#lastOwner = parseCommandId(id);
    }
    return this.#lastOwner;
  }

  #outcome(done: RememberedCommand | undefined, envelope: Envelope, actor: string): RepeatedCommand | undefined {
    if (done === undefined) return undefined;
    if (done.digest !== undefined && done.digest !== commandDigest(envelope)) {
      return { type: "refused", error: new CommandIdReused(actor, done.id) };
    }
    const { reply, rejection, replyTooLarge, split } = JSON.parse(done.outcome) as StoredOutcome;
    if (split === true) return { type: "refused", error: new CommandInterrupted(actor, done.id, done.version) };
    if (replyTooLarge === true) return { type: "refused", error: new CommandAlreadyDone(actor, done.id, done.version) };
    if (rejection !== undefined) return { type: "refused", error: new Rejection(rejection.code, rejection.data) };
    const isObject = typeof reply === "object" && reply !== null;
    return { type: "replied", value: isObject ? new EncodedValue(JSON.stringify(reply)) : reply };
  }
}

function outcomeText(outcome: StoredOutcome = {}): string {
  return jsonText(outcome) ?? JSON.stringify(outcome);
}

/** Of what a snapshot says: whether `restore` can take it. */
export function areRememberedRows(rows: unknown): rows is RememberedRows {
  const { named, sessions } = (rows ?? {}) as { readonly named?: unknown; readonly sessions?: unknown };
  return Array.isArray(named) && named.every(isCommandRow) && Array.isArray(sessions) && sessions.every(isSessionRow);
}
