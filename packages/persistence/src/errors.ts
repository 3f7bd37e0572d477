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

/** `PERSISTENCE_UNKNOWN_EVENT`: an event of a type or schema version that `static events` does not list. */
export class UnknownEvent extends AetherError {
  constructor(actor: string, eventType: string, details: { version?: number; schema?: number }) {
    const at = details.version === undefined ? "" : ` at version ${details.version}`;
    const schema = details.schema === undefined ? "" : ` (schema ${details.schema})`;
    super(
      "PERSISTENCE_UNKNOWN_EVENT",
      `${actor}: event "${eventType}"${schema}${at} is not in \`static events\`; add it, or run newer code.`,
      { data: { actor, eventType, ...details } },
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
  constructor(actor: string, firstVersion: number) {
    super(
      "PERSISTENCE_HISTORY_LOST",
      `${actor}: the history begins at version ${firstVersion} and no snapshot covers what is before it.`,
      { data: { actor, firstVersion } },
    );
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

/** `PERSISTENCE_COMMAND_ALREADY_DONE`: a repeat whose first reply was too large to keep. */
export class CommandAlreadyDone extends AetherError {
  constructor(actor: string, commandId: string, version: number) {
    super(
      "PERSISTENCE_COMMAND_ALREADY_DONE",
      `${actor}: command "${commandId}" is done since version ${version}; its reply was too large to keep.`,
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
      {
        data: { actor, commandId },
      },
    );
  }
}

/** `PERSISTENCE_STORE_CLOSED`: the store was used after `close`. */
export class StoreClosed extends AetherError {
  constructor(store: string) {
    super("PERSISTENCE_STORE_CLOSED", `The ${store} store has been closed.`, { data: { store } });
  }
}

/** `PERSISTENCE_STORE_MISCONFIGURED`: what exists in the store is set up in another way than this code needs. */
export class StoreMisconfigured extends AetherError {
  constructor(place: string, option: string, values: { readonly found: unknown; readonly wanted: unknown }) {
    const [found, wanted] = [JSON.stringify(values.found), JSON.stringify(values.wanted)];
    super(
      "PERSISTENCE_STORE_MISCONFIGURED",
      `${place}: "${option}" is ${found}, needed is ${wanted}. Change the stream, or use another system name.`,
      { data: { place, option, ...values } },
    );
  }
}
