// Runs every bug until something is found: which invariant, in which seed. A bug that stays hidden is a hole in the simulation.
import type { SimulationReport } from "../run/simulate.ts";
import { runFleet } from "../cli/fleet.ts";
import { bugNamed, bugs } from "./bugs.ts";
import type { Bug } from "./bug.ts";
import { checkPlace } from "./sources.ts";

export interface MuseumOptions {
  readonly seeds: number;
  readonly from: number;
  readonly workers: number;
  readonly json: boolean;
  readonly bug: string | undefined;
}

interface Finding {
  readonly bug: string;
  readonly seeds: number;
  /** Empty when nothing was found. */
  readonly by: readonly string[];
  readonly what: string;
}

/** @returns whether all were found */
export async function runMuseum(options: MuseumOptions, say: (line: string) => void): Promise<boolean> {
  const shown = options.bug === undefined ? bugs : [bugNamed(options.bug)];
  for (const bug of shown) checkPlace(bug);
  const left = [...shown];
  const findings: Finding[] = [];
  if (!options.json) say(row("bug", "seeds", "found by"));
  const visit = async (): Promise<void> => {
    for (let bug = left.shift(); bug !== undefined; bug = left.shift()) {
      const finding = await findOne(bug, options);
      findings.push(finding);
      if (!options.json) say(row(finding.bug, String(finding.seeds), finding.by.join(", ") || "NOT FOUND"));
    }
  };
  await Promise.all(Array.from({ length: options.workers }, visit));
  const found = findings.filter(({ by }) => by.length > 0);
  const seeds = found.map((finding) => finding.seeds).toSorted((a, b) => a - b);
  const medianSeeds = seeds[Math.floor(seeds.length / 2)] ?? 0;
  say(JSON.stringify({ bugs: shown.length, found: found.length, medianSeeds, findings }));
  return found.length === shown.length;
}

async function findOne({ name }: Bug, { from, seeds }: MuseumOptions): Promise<Finding> {
  let tried = 0;
  let found: SimulationReport | undefined;
  while (found === undefined && tried < seeds) {
    const suspect = await firstFinding({ from: from + tried, seeds: seeds - tried, bug: name });
    tried += suspect.tried;
    // What sound code shows in the same run is no find.
    if (suspect.report === undefined || (await isSound(suspect.report.seed))) found = suspect.report;
    if (suspect.report === undefined) break;
  }
  const by = [...new Set(found?.violations.map(({ invariant }) => invariant.split(" ", 1)[0] as string))];
  return { bug: name, seeds: tried, by, what: found?.violations[0]?.what ?? "" };
}

interface Suspect {
  readonly tried: number;
  readonly report: SimulationReport | undefined;
}

async function firstFinding(wish: {
  readonly from: number;
  readonly seeds: number;
  readonly bug?: string;
}): Promise<Suspect> {
  let tried = 0;
  let found: SimulationReport | undefined;
  const onReport = (report: SimulationReport): boolean => {
    tried++;
    if (report.violations.length > 0) found = report;
    return found === undefined;
  };
  await runFleet({ ...wish, workers: 1, trace: false, onReport });
  return { tried, report: found };
}

async function isSound(seed: number): Promise<boolean> {
  return (await firstFinding({ from: seed, seeds: 1 })).report === undefined;
}

function row(bug: string, seeds: string, by: string): string {
  return `${bug.padEnd(42)} ${seeds.padStart(6)}  ${by}`;
}
