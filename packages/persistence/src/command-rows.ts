// One command that an actor has done, in memory and as a row of a snapshot.
import { quote } from "@aether/actor";
import type { StoredOutcome } from "./commit-format.ts";

export interface RememberedCommand {
  readonly id: string;
  /** The actor's version right after it. */
  readonly version: number;
  readonly time: number;
  readonly digest: string | undefined;
  /** A `StoredOutcome` as JSON. */
  readonly outcome: string;
  /** Its `CommandRow` as JSON, once a snapshot has asked for it, where it stands in every snapshot for long. */
  row?: string;
}

const rowRoom = 48;

/** What is left of an outcome that had to give way: that the command is done. */
const outcomeGivenUp = '{"replyTooLarge":true}';

export type CommandRow = readonly [
  id: string,
  version: number,
  time: number,
  digest: string | null,
  outcome: StoredOutcome,
];

/** Roughly what its row takes. */
export function sizeOf({ id, outcome }: RememberedCommand): number {
  return id.length + outcome.length + rowRoom;
}

/** Whether its row gets shorter without its outcome. */
export function isRoomy({ outcome }: RememberedCommand): boolean {
  return outcome.length > outcomeGivenUp.length;
}

export function withoutOutcome({ id, version, time, digest }: RememberedCommand): RememberedCommand {
  return { id, version, time, digest, outcome: outcomeGivenUp };
}

/** @param stem what all ids begin with, and rows leave out */
export function rowsJson(commands: Iterable<RememberedCommand>, stem: string): string {
  const rows: string[] = [];
  // What sessions sent is seldom in a second one: to keep its text would cost more than to make it again.
  for (const command of commands)
    rows.push(stem === "" ? (command.row ??= rowJson(command, stem)) : rowJson(command, stem));
  return `[${rows.join(",")}]`;
}

function rowJson({ id, version, time, digest, outcome }: RememberedCommand, stem: string): string {
  return `[${quote(stem === "" ? id : id.slice(stem.length))},${version},${time},${digest === undefined ? "null" : `"${digest}"`},${outcome}]`;
}

export function fromRow([id, version, time, digest, outcome]: CommandRow, stem: string): RememberedCommand {
  const isWhole = id.startsWith("~"); // as rows of sessions once were
  return { id: isWhole ? id : stem + id, version, time, digest: digest ?? undefined, outcome: JSON.stringify(outcome) };
}

/** Of what a snapshot says: whether it can be taken over without a throw, now and when the command comes again. */
export function isCommandRow(row: unknown): row is CommandRow {
  if (!Array.isArray(row)) return false;
  const [id, version, time, digest, outcome] = row as unknown[];
  if (typeof id !== "string" || !isCount(version) || !Number.isFinite(time)) return false;
  if (digest !== null && (typeof digest !== "string" || !/^[0-9a-f]*$/.test(digest))) return false;
  if (!isObject(outcome)) return false;
  const { rejection } = outcome;
  return rejection === undefined || (isObject(rejection) && typeof rejection["code"] === "string");
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
