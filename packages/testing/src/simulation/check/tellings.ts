// I11: what subscribers of the event bus were told, against what is stored. At least once each, one at a time, in the order of
// each actor's versions; what one start of a durable subscription has not handled, the next one is told.
import type { Hearing, Telling } from "../run/listening.ts";
import type { AccountLog } from "./log.ts";
import { type Lost, nothingLost } from "./lost.ts";
import type { Violation } from "./violation.ts";

const invariant = "I11 subscribers hear all that is stored, in order";

export interface TellingOptions {
  /** Everything that was stored until then is to be heard. */
  readonly by: number;
  readonly lost: Lost;
}

/** Where commits were lost, nobody promises an order over that moment, nor what is stored at positions given out again. */
export function checkTellings(
  hearings: readonly Hearing[],
  logs: ReadonlyMap<string, AccountLog>,
  { by, lost }: TellingOptions,
): Violation[] {
  const ids = new Map<string, string>();
  const isWhole = lost === nothingLost;
  const told = hearings.flatMap((hearing) => [
    ...hearing.tellings.flatMap((telling) => (lost.hasEvent(telling) ? [] : isStored(hearing, telling, logs))),
    ...oneByOne(hearing),
  ]);
  const ordered = hearings.flatMap((hearing) => [
    ...hearing.tellings.flatMap((telling) => isNamed(telling, ids)),
    ...inOrder(hearing, hearings, logs),
  ]);
  const ears = new Set(hearings.map(({ ear }) => ear.id));
  const unheard = [...ears].flatMap((id) => {
    const lives = hearings.filter(({ ear }) => ear.id === id);
    const isLast = (one: Hearing): boolean => one.generation === lives.at(-1)?.generation;
    return missing(lives.filter(isLast), logs, { by, after: lost.lastPosition });
  });
  return [...told, ...(isWhole ? ordered : []), ...unheard].map((what) => ({ invariant, what }));
}

function isStored(hearing: Hearing, telling: Telling, logs: ReadonlyMap<string, AccountLog>): string[] {
  const { actor, version, position, op, at } = telling;
  const log = logs.get(actor);
  const stored = log?.versions[version - 1];
  const commit = log?.commits.find(({ token }) => token === position);
  const isOf = commit !== undefined && version >= commit.firstVersion;
  if (stored?.event.op === op && stored.storedAt <= at && isOf && version < commit.firstVersion + commit.events.length)
    return [];
  return [
    `${say(hearing)} was told ${op} as version ${version} of ${actor} at ${position}, which is not what is stored`,
  ];
}

/** An id is that of one event, at each delivery. */
function isNamed({ id, actor, version }: Telling, ids: Map<string, string>): string[] {
  const event = `version ${version} of ${actor}`;
  const known = ids.get(id) ?? event;
  ids.set(id, known);
  return known === event ? [] : [`${id} is the id of ${known} and of ${event}`];
}

function oneByOne(hearing: Hearing): string[] {
  return hearing.tellings.flatMap(({ version, actor, at }, i) => {
    const before = hearing.tellings[i - 1];
    if (before === undefined || (before.endedAt !== undefined && before.endedAt <= at)) return [];
    return [`${say(hearing)} was told version ${version} of ${actor} while the event before was being handled`];
  });
}

function inOrder(hearing: Hearing, all: readonly Hearing[], logs: ReadonlyMap<string, AccountLog>): string[] {
  const found: string[] = [];
  const last = new Map<string, Telling>();
  for (const telling of hearing.tellings) {
    const { actor, version } = telling;
    const known = last.get(actor);
    const expected = known === undefined ? undefined : known.version + (known.isHandled ? 1 : 0);
    if (expected === undefined ? version > firstOf(hearing, all, telling, logs) : version !== expected)
      found.push(`${say(hearing)} was told version ${version} of ${actor} behind version ${known?.version ?? "none"}`);
    last.set(actor, telling);
  }
  return found;
}

/** The version of an actor with which a start of a subscription has to begin, at the latest. */
function firstOf(
  { ear, beganAt }: Hearing,
  all: readonly Hearing[],
  { actor, at }: Telling,
  logs: ReadonlyMap<string, AccountLog>,
): number {
  if (!ear.isDurable) {
    const since = beganAt ?? at;
    const after = logs.get(actor)?.versions.findIndex(({ storedAt }) => storedAt > since) ?? -1;
    return after < 0 ? Number.POSITIVE_INFINITY : after + 1;
  }
  const own = all.filter((one) => one.ear === ear).flatMap(({ tellings }) => tellings);
  const handled = own.filter((one) => one.actor === actor && one.isHandled && (one.endedAt ?? at) <= at);
  return 1 + Math.max(0, ...handled.map(({ version }) => version));
}

/** A durable one has handled everything, over all its starts; another one what was stored since its last start. */
function missing(
  lives: readonly Hearing[],
  logs: ReadonlyMap<string, AccountLog>,
  { by, after }: { readonly by: number; readonly after: number },
): string[] {
  const [first, last] = [lives[0], lives.at(-1)] as [Hearing, Hearing];
  const { isDurable, id } = first.ear;
  const counted = isDurable ? lives : [last];
  const since = isDurable ? 0 : (last.beganAt ?? Number.POSITIVE_INFINITY);
  const heard = new Set<string>();
  for (const { tellings } of counted)
    for (const { actor, version, op, isHandled } of tellings) if (isHandled) heard.add(`${actor} ${version} ${op}`);
  return [...logs.values()].flatMap(({ actor, commits, versions }) => {
    const lost = versions.findIndex(
      ({ storedAt, event }, i) => storedAt > since && storedAt <= by && !heard.has(`${actor} ${i + 1} ${event.op}`),
    );
    if (lost < 0) return [];
    const commit = commits.findLast(({ firstVersion }) => firstVersion <= lost + 1);
    if (after > 0 && commit !== undefined && commit.token <= after) return [];
    const at = versions[lost]?.storedAt.toFixed(1);
    return [`${id} has never heard of version ${lost + 1} of ${actor}, stored at ${at} ms`];
  });
}

function say({ ear, node }: Hearing): string {
  return `${ear.id} at ${node}`;
}
