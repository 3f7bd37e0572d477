// The errors of persistence: one class per situation; codes never change meaning.
import { AetherError } from "@aether/actor";

/** `PERSISTENCE_COMMIT_TOO_LARGE`: the events of one turn do not fit into one commit; nothing of the turn happened. */
export class CommitTooLarge extends AetherError {
  constructor(actor: string, bytes: number, maxBytes: number) {
    super(
      "PERSISTENCE_COMMIT_TOO_LARGE",
      `${actor}: the events of one turn take ${bytes} bytes, the store takes ${maxBytes}. Persist less per command.`,
      { data: { actor, bytes, maxBytes } },
    );
  }
}

/** `PERSISTENCE_COMMIT_REJECTED`: the store refused the commit for good; nothing of the turn happened. */
export class CommitRejected extends AetherError {
  constructor(actor: string, reason: string) {
    super("PERSISTENCE_COMMIT_REJECTED", `${actor}: the store refused a commit: ${reason}.`, {
      data: { actor, reason },
    });
  }
}

/** `PERSISTENCE_UNKNOWN_EVENT`: an event of a type or schema version that the class does not know. */
export class UnknownEvent extends AetherError {
  /** @param stored where it was found; absent for one that was about to be persisted */
  constructor(
    actor: string,
    eventType: string,
    stored?: { version: number; schema: number; known?: number | undefined },
  ) {
    super("PERSISTENCE_UNKNOWN_EVENT", `${actor}: ${sayUnknown(eventType, stored)}`, {
      data: { actor, eventType, ...stored },
    });
  }
}

function sayUnknown(
  eventType: string,
  stored?: { version: number; schema: number; known?: number | undefined },
): string {
  if (stored === undefined) return `event "${eventType}" is not in \`static events\`; add it.`;
  const event = `event "${eventType}" (schema ${stored.schema}) at version ${stored.version}`;
  if (stored.known !== undefined)
    return `${event} is newer than this code, which knows schema ${stored.known}. Run newer code.`;
  return `${event} is in neither \`static events\` nor \`static retired\`; add it, or run newer code.`;
}

/** `PERSISTENCE_UNKNOWN_CODEC`: something stored was encoded by a codec that is not configured. */
export class UnknownCodec extends AetherError {
  constructor(actor: string, what: string, codec: string) {
    super(
      "PERSISTENCE_UNKNOWN_CODEC",
      `${actor}: ${what} was written by codec "${codec}", which is not configured; add it: persistence({ codec: [first, …] }).`,
      { data: { actor, what, codec } },
    );
  }
}

/** `PERSISTENCE_REPLAY_FAILED`: `apply` or `restore` threw while the state was loaded. */
export class ReplayFailed extends AetherError {
  constructor(actor: string, at: { version: number; eventType: string }, cause: unknown) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    super(
      "PERSISTENCE_REPLAY_FAILED",
      `${actor}: replay of "${at.eventType}" at version ${at.version} threw: ${detail}`,
      {
        cause,
        data: { actor, ...at },
      },
    );
  }
}

/** `PERSISTENCE_HISTORY_DAMAGED`: what is stored is not a history: bad bytes, a gap, another actor's commit. */
export class HistoryDamaged extends AetherError {
  constructor(actor: string, reason: string, data: Readonly<Record<string, unknown>> = {}) {
    super("PERSISTENCE_HISTORY_DAMAGED", `${actor}: the stored history is damaged: ${reason}.`, {
      data: { actor, reason, ...data },
    });
  }
}

/** `PERSISTENCE_HISTORY_LOST`: no usable snapshot, and the events that would replace it are gone. */
export class HistoryLost extends AetherError {
  /** @param firstVersion of what is left; `undefined`: no event is, though a snapshot says that there were some */
  constructor(actor: string, firstVersion: number | undefined) {
    const message =
      firstVersion === undefined
        ? "no event is stored, but a snapshot of it is. Look whether the event store is the right one; delete the snapshots if the actor is to begin anew."
        : `the history begins at version ${firstVersion} and no snapshot covers what is before it.`;
    super("PERSISTENCE_HISTORY_LOST", `${actor}: ${message}`, { data: { actor, firstVersion } });
  }
}

/** `PERSISTENCE_RECOVERY_TIMEOUT`: the store did not give the state in time. */
export class RecoveryTimeout extends AetherError {
  constructor(actor: string, withinMs: number, cause: unknown) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    super("PERSISTENCE_RECOVERY_TIMEOUT", `${actor}: not recovered within ${withinMs} ms; last: ${detail}`, {
      cause,
      retryable: true,
      data: { actor, withinMs },
    });
  }
}

/** `PERSISTENCE_ACTOR_DELETED`: the actor was deleted while its state was being loaded; the next activation begins anew. */
export class ActorDeleted extends AetherError {
  constructor(actor: string) {
    super("PERSISTENCE_ACTOR_DELETED", `${actor}: deleted while its state was being loaded. Send the command again.`, {
      retryable: true,
      data: { actor },
    });
  }
}

/** `PERSISTENCE_STATE_NOT_STORABLE`: the initial state could never be saved in a snapshot. */
export class StateNotStorable extends AetherError {
  constructor(actor: string, cause: unknown) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    super(
      "PERSISTENCE_STATE_NOT_STORABLE",
      `${actor}: the initial state cannot be stored: ${detail} Use plain JSON values, override snapshot() and restore(), or set \`static snapshots = noSnapshots\`.`,
      { cause, data: { actor } },
    );
  }
}

/** `PERSISTENCE_SNAPSHOT_TOO_LARGE`: the state takes more than the store keeps in one snapshot; commands go on. */
export class SnapshotTooLarge extends AetherError {
  constructor(actor: string, bytes: number, maxBytes: number) {
    super(
      "PERSISTENCE_SNAPSHOT_TOO_LARGE",
      `${actor}: a snapshot takes ${bytes} bytes, the store takes ${maxBytes}. Keep less in the state, or give another store as \`snapshots\`.`,
      { data: { actor, bytes, maxBytes } },
    );
  }
}

/** `PERSISTENCE_VERSION_NOT_REACHED`: a question about a version that the actor does not have yet. */
export class VersionNotReached extends AetherError {
  constructor(actor: string, version: number, head: number) {
    super("PERSISTENCE_VERSION_NOT_REACHED", `${actor}: version ${version} is not reached; the last one is ${head}.`, {
      data: { actor, version, head },
    });
  }
}

/** `PERSISTENCE_NO_OPEN_TURN`: `persist` or `durable` outside a command, or after one had ended. */
export class NoOpenTurn extends AetherError {
  constructor(actor: string, what: string) {
    super(
      "PERSISTENCE_NO_OPEN_TURN",
      `${actor}: ${what} while no turn is open. Await everything that a command starts.`,
      {
        data: { actor, what },
      },
    );
  }
}

/** `PERSISTENCE_INCARNATION_LOST`: another writer has taken over this actor; the object at hand is history. */
export class IncarnationLost extends AetherError {
  constructor(actor: string) {
    super("PERSISTENCE_INCARNATION_LOST", `${actor}: another writer has taken over; this object no longer counts.`, {
      data: { actor },
    });
  }
}

/** `PERSISTENCE_COMMAND_ALREADY_DONE`: a repeat whose first reply was too large to keep, or gave way to newer ones. */
export class CommandAlreadyDone extends AetherError {
  constructor(actor: string, commandId: string, version: number) {
    super(
      "PERSISTENCE_COMMAND_ALREADY_DONE",
      `${actor}: command "${commandId}" is done since version ${version}; its reply was too large to keep, or gave way to newer ones.`,
      { data: { actor, commandId, version } },
    );
  }
}

/** `PERSISTENCE_COMMAND_FORGOTTEN`: a late copy of a command that is no longer remembered. It is not done now; it may have been done before. */
export class CommandForgotten extends AetherError {
  constructor(actor: string, commandId: string) {
    super(
      "PERSISTENCE_COMMAND_FORGOTTEN",
      `${actor}: command "${commandId}" is a late copy: its session has had its answer, or it is too long ago to be remembered.`,
      { data: { actor, commandId } },
    );
  }
}

/** `PERSISTENCE_COMMAND_ID_REUSED`: the same command id with another command or other arguments. */
export class CommandIdReused extends AetherError {
  constructor(actor: string, commandId: string) {
    super(
      "PERSISTENCE_COMMAND_ID_REUSED",
      `${actor}: command id "${commandId}" was used before with other arguments.`,
      { data: { actor, commandId } },
    );
  }
}

/** `PERSISTENCE_COMMAND_INTERRUPTED`: a repeat of a command of which only what `durable()` split off is certainly done. */
export class CommandInterrupted extends AetherError {
  constructor(actor: string, commandId: string, version: number) {
    const message = `${actor}: command "${commandId}" is done up to version ${version}, where durable() split it, and was interrupted. Look at the state, and do what is missing under another id.`;
    super("PERSISTENCE_COMMAND_INTERRUPTED", message, { data: { actor, commandId, version } });
  }
}

/** `PERSISTENCE_OUTCOME_UNKNOWN`: the caller's time is up while the store has the command's events and does not answer. */
export class OutcomeUnknown extends AetherError {
  /** Retryable where the id is the caller's own: a repeat gets the first outcome, or is done then. */
  constructor(actor: string, command: string, commandId = "") {
    const isOwn = commandId !== "" && !commandId.startsWith("~");
    const way = isOwn ? "Ask again with the same id" : "Look at the state; to be able to ask again, choose a commandId";
    const message = `${actor}: the store has not said whether it has the events of "${command}" (command id "${commandId}"). ${way}.`;
    super("PERSISTENCE_OUTCOME_UNKNOWN", message, { retryable: isOwn, data: { actor, command, commandId } });
  }
}

/** `PERSISTENCE_STORE_CLOSED`: the store was used after `close`. */
export class StoreClosed extends AetherError {
  constructor(store: string) {
    super("PERSISTENCE_STORE_CLOSED", `The ${store} store has been closed.`, { data: { store } });
  }
}

/** What was found, what is needed, and what to do about it. */
export interface MisconfiguredValues {
  readonly found: unknown;
  readonly wanted: unknown;
  /** @default to change the stream */
  readonly fix?: string;
}

/** `PERSISTENCE_STORE_MISCONFIGURED`: what exists in the store is set up in another way than this code needs. */
export class StoreMisconfigured extends AetherError {
  constructor(place: string, option: string, values: MisconfiguredValues) {
    const { fix = "Change the stream, or use another system name.", ...data } = values;
    const [found, wanted] = [JSON.stringify(data.found), JSON.stringify(data.wanted)];
    super("PERSISTENCE_STORE_MISCONFIGURED", `${place}: "${option}" is ${found}, needed is ${wanted}. ${fix}`, {
      data: { place, option, ...data },
    });
  }
}

/** `PERSISTENCE_STORE_IN_USE`: another process has the store's files open. */
export class StoreInUse extends AetherError {
  constructor(directory: string, file: string) {
    super(
      "PERSISTENCE_STORE_IN_USE",
      `${file} is open in another process. Stop that process, or use another directory than ${directory}; nothing needs to be deleted.`,
      { data: { directory, file } },
    );
  }
}

/** `PERSISTENCE_STORE_FORMAT_UNKNOWN`: the file in the store's place was written by newer code, or by something else. */
export class StoreFormatUnknown extends AetherError {
  constructor(file: string, reason: string) {
    super(
      "PERSISTENCE_STORE_FORMAT_UNKNOWN",
      `${file} is left as it is: ${reason}. Run the code that wrote it, or use another directory.`,
      { data: { file, reason } },
    );
  }
}

/** `PERSISTENCE_STORE_DRIVER_MISSING`: neither Node nor a package brings SQLite. */
export class StoreDriverMissing extends AetherError {
  constructor(reason: string) {
    super(
      "PERSISTENCE_STORE_DRIVER_MISSING",
      `The embedded store found no SQLite: ${reason}. Use Node 22.13 or later, or install "@photostructure/sqlite".`,
      { data: { reason } },
    );
  }
}

/** `PERSISTENCE_STORE_FAILED`: the store could not do its work. What was under way may be stored; open it anew to see. */
export class StoreFailed extends AetherError {
  constructor(file: string, reason: string, cause?: unknown) {
    super(
      "PERSISTENCE_STORE_FAILED",
      `${file}: ${reason}. What was under way may be stored; if it goes on, check the disk and open the store anew.`,
      { data: { file, reason }, cause },
    );
  }
}
