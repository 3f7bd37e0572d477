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
import { type CommandRow, fromRow, isCommandRow, type RememberedCommand, rowsJson } from "./command-rows.ts";
import type { StoredOutcome, StoredTurn } from "./commit-format.ts";
import { CommandAlreadyDone, CommandForgotten, CommandIdReused, CommandInterrupted } from "./errors.ts";
import { type CommandHorizon, NamedCommands } from "./named-commands.ts";
import { isSessionRow, RememberedSessions, type SessionRow, stemOf } from "./remembered-sessions.ts";

/** As it stands in a snapshot. */
export interface RememberedRows {
  readonly named: readonly CommandRow[];
  readonly sessions: readonly SessionRow[];
}

export class RememberedCommands {
  readonly #horizon: CommandHorizon;
  /** Made with the first of them: most actors have none, and their maps would be a tenth of what a small actor takes. */
  #named: NamedCommands | undefined;
  readonly #sessions: RememberedSessions;
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
    (this.#named ??= new NamedCommands(this.#horizon)).remember(command);
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
    const done = owner === undefined ? this.#named?.get(id) : this.#sessions.get(owner, id);
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
    return `{"named":${rowsJson(this.#named?.values() ?? [], "")},"sessions":${this.#sessions.toJson()}}`;
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
