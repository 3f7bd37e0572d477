// One ended turn as it goes into a commit: everything in it is text already, so nothing can change under it.
import { type Envelope, EncodedValue, Rejection } from "@aether/actor";
import { commandDigest } from "./command-digest.ts";
import type { RememberedCommand } from "./command-rows.ts";

export interface TurnRecord {
  /** The version of its last event. */
  readonly lastVersion: number;
  /** `{"schema":…,"event":…}` each. */
  readonly events: readonly string[];
  /** What a repeat of its command gets. */
  readonly command: RememberedCommand | undefined;
  /** The turn's entry in the commit. */
  readonly json: string;
  readonly bytes: number;
}

/** The turn while it is open. */
export interface OpenTurn {
  readonly envelope: Envelope;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The version before its first unsealed event. */
  baseVersion: number;
  events: string[];
  bytes: number;
  /** An `apply` has thrown: the turn cannot be kept, even if the handler caught it. */
  broken: Error | undefined;
}

const maxOutcomeBytes = 4_096;

/** @param outcome the reply, or the `Rejection` that was returned */
export function closeTurn(open: OpenTurn, outcome: unknown): TurnRecord {
  const { envelope, baseVersion, events, time } = open;
  const id = envelope.commandId;
  if (id === undefined) return record(open, undefined);
  const version = baseVersion + events.length;
  return record(open, { id, version, time, digest: digestOf(envelope, id), outcome: encodeOutcome(outcome) });
}

/** The part of a turn before `await this.durable()`: the command id goes with the last part. */
export function sealTurn(open: OpenTurn): TurnRecord {
  return record(open, undefined);
}

function record(open: OpenTurn, command: RememberedCommand | undefined): TurnRecord {
  const { events, time } = open;
  const head = command === undefined ? "" : `${commandJson(command)},`;
  const json = `{${head}"events":${events.length},"time":${time}}`;
  return {
    lastVersion: open.baseVersion + events.length,
    events,
    command,
    json,
    bytes: open.bytes + Buffer.byteLength(json) + 1,
  };
}

function commandJson({ id, digest, outcome }: RememberedCommand): string {
  const proof = digest === undefined ? "" : `,"digest":"${digest}"`;
  return `"command":${JSON.stringify(id)}${proof},"outcome":${outcome}`;
}

/** Ids that the runtime made are never used twice; only a caller's own can meet other arguments. */
function digestOf(envelope: Envelope, id: string): string | undefined {
  return id.startsWith("~") ? undefined : commandDigest(envelope);
}

function encodeOutcome(outcome: unknown): string {
  const json = outcomeJson(outcome);
  return Buffer.byteLength(json) > maxOutcomeBytes ? '{"replyTooLarge":true}' : json;
}

function outcomeJson(outcome: unknown): string {
  if (outcome === undefined) return "{}";
  if (outcome instanceof Rejection) return JSON.stringify({ rejection: { code: outcome.code, data: outcome.data } });
  return `{"reply":${outcome instanceof EncodedValue ? outcome.json : JSON.stringify(outcome)}}`;
}
