// Which start of a node an entry speaks of. Revisions alone would be given again after the table lost its last changes, and
// what two starts sent, wrote and hold would be taken for one's: so a number by chance is a part of each epoch. Invariant:
// epochs are in the order of the revisions that joined.
import type { Random } from "@aether/actor";
import type { TableEntry } from "./contracts/member-table.ts";

/** Decimal, so that people see the revision in an epoch. Leaves room for 9,000,000,000 revisions. */
export const startsPerRevision = 1_000_000;

/** For the record that joins. */
export function newStart(random: Random): number {
  return Math.floor(random.next() * startsPerRevision);
}

/** The epoch of a node by its entry: the revision of its join, and its `start` in the last six digits. */
export function epochOf({ record, revision }: TableEntry): number {
  if (record.epoch !== 0) return record.epoch;
  return record.start === undefined ? revision : revision * startsPerRevision + record.start;
}

/** The revision that joined, of an epoch with a start. */
export function joinedAt(epoch: number): number {
  return Math.floor(epoch / startsPerRevision);
}
