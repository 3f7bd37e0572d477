// What a run comes to, for people and for programs.
import { check } from "./checking/check.ts";
import { type Asked, eventsOf, type LoggedWallet, type Run } from "./checking/record.ts";
import type { Violation } from "./checking/violation.ts";
import type { Disturbed } from "./disturbing.ts";
import { type KindReport, kindsOf } from "./fault-figures.ts";
import type { Growth } from "./memory-samples.ts";
import type { SoakOptions } from "./options.ts";
import { storyOf } from "./story.ts";
import type { Witness } from "./witness.ts";

export interface Report {
  readonly seed: number;
  readonly minutes: number;
  /** 0 of an embedded store. */
  readonly servers: number;
  readonly nodes: number;
  readonly clients: number;
  /** Why it ended before its time, or could not be read to the end: what is there was checked all the same. */
  readonly endedEarly: string | undefined;
  readonly commands: number;
  readonly acknowledged: number;
  /** Definite failures. */
  readonly refused: number;
  readonly refusals: Readonly<Record<string, number>>;
  /** Commands whose outcome nobody knew for a while, and what it was. */
  readonly unknown: Settled & { readonly byCode: Readonly<Record<string, Settled>> };
  /** Counted by nodes: appends that lost against another writer, were repeated, were refused; commands known from before. */
  readonly tally: Readonly<Record<string, number>>;
  readonly conflicts: number;
  readonly faults: number;
  /** By kind: how many, how many of them met a write under way, and how long the writes under way took, in milliseconds. */
  readonly byKind: Readonly<Record<string, KindReport>>;
  readonly overlapping: number;
  /** By kind, why this machine or this run has none. */
  readonly skipped: Readonly<Record<string, string>>;
  readonly events: number;
  readonly commits: number;
  /** What the subscriber was told, repeats included. */
  readonly told: number;
  readonly replicas: number;
  readonly violations: number;
  readonly found: readonly (Violation & { readonly story: readonly string[] })[];
  readonly notes: Readonly<Record<string, number>>;
  /** Of an embedded store: what wallets of damaged copies showed, by kind of damage. */
  readonly damaged: Readonly<Record<string, number>>;
  readonly duplicateActivations: { readonly count: number; readonly maxMs: number };
  /** Of each process the longest life. */
  readonly memory: readonly Growth[];
  readonly versions: Readonly<Record<string, string>>;
}

/** Commands, by what became of them. */
export interface Settled {
  readonly count: number;
  readonly settledDone: number;
  readonly settledRefused: number;
  readonly open: number;
}

export interface ReportParts {
  readonly options: Pick<SoakOptions, "seed" | "minutes" | "nodes" | "clients"> & { readonly servers: number };
  readonly faults: readonly Disturbed[];
  readonly growths: readonly Growth[];
  readonly endedEarly: string | undefined;
  /** Found beside the logs. */
  readonly more: readonly Violation[];
  readonly skipped: Readonly<Record<string, string>>;
  readonly run: Run;
  /** Whether `run` has all that is stored. */
  readonly isRead: boolean;
  readonly historyPaths: readonly string[];
  readonly witness: Witness;
  readonly damaged?: Readonly<Record<string, number>>;
  readonly versions: Readonly<Record<string, string>>;
}

const maxShown = 50;
const maxStories = 5;

export function reportOf(parts: ReportParts): Report {
  const { options, faults, run, witness } = parts;
  const all = [...run.asked.values()];
  const byKind = kindsOf(faults, all);
  const found = [...parts.more, ...(parts.isRead ? check(run) : [])];
  const tally = witness.tally();
  const story = { wallets: run.wallets, historyPaths: parts.historyPaths, faults };
  const { seed, minutes, servers, nodes, clients } = options;
  return {
    seed,
    minutes,
    servers,
    nodes,
    clients,
    endedEarly: parts.endedEarly,
    ...commandsOf(all),
    tally,
    conflicts: tally["conflicts"] ?? 0,
    faults: faults.length,
    byKind,
    overlapping: Object.values(byKind).reduce((total, { overlapping }) => total + overlapping, 0),
    skipped: parts.skipped,
    events: total(run.wallets, (wallet) => eventsOf(wallet).length),
    commits: total(run.wallets, ({ commits }) => commits.length),
    told: (run.told ?? []).reduce((sum, life) => sum + lengthOf(life), 0),
    replicas: new Set(run.replicas?.map(({ server }) => server)).size,
    violations: found.length,
    found: found.slice(0, maxShown).map((one, i) => ({ ...one, story: i < maxStories ? storyOf(one, story) : [] })),
    notes: Object.fromEntries(witness.notes),
    damaged: parts.damaged ?? {},
    duplicateActivations: { count: witness.overlapsMs.length, maxMs: Math.max(0, ...witness.overlapsMs) },
    memory: parts.growths,
    versions: parts.versions,
  };
}

function commandsOf(
  all: readonly Asked[],
): Pick<Report, "commands" | "acknowledged" | "refused" | "refusals" | "unknown"> {
  const doubted = all.filter(({ doubt, operation }) => doubt !== undefined && operation.kind !== "read");
  const codes = [...new Set(doubted.map(({ doubt }) => doubt ?? ""))];
  const refused = all.filter(({ outcome }) => outcome === "fail");
  const refusals: Record<string, number> = {};
  for (const { refusal = "?" } of refused) refusals[refusal] = (refusals[refusal] ?? 0) + 1;
  const byCode = codes.map((code) => [code, settledOf(doubted.filter(({ doubt }) => doubt === code))] as const);
  return {
    commands: all.length,
    acknowledged: countOf(all, "ok"),
    refused: refused.length,
    refusals,
    unknown: { ...settledOf(doubted), byCode: Object.fromEntries(byCode) },
  };
}

function settledOf(all: readonly Asked[]): Settled {
  return {
    count: all.length,
    settledDone: countOf(all, "ok"),
    settledRefused: countOf(all, "fail"),
    open: countOf(all, "unknown"),
  };
}

function countOf(all: readonly Asked[], outcome: Asked["outcome"]): number {
  return all.reduce((count, one) => count + (one.outcome === outcome ? 1 : 0), 0);
}

function total(wallets: readonly LoggedWallet[], of: (wallet: LoggedWallet) => number): number {
  return wallets.reduce((sum, wallet) => sum + of(wallet), 0);
}

function lengthOf(all: Iterable<unknown>): number {
  let length = 0;
  for (const _ of all) length++;
  return length;
}
