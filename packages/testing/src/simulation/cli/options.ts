// What `npm run sim` may be told.

export interface SimOptions {
  readonly seeds: number;
  /** The first one. */
  readonly from: number;
  /** Whether that is the only one. */
  readonly isReplay: boolean;
  readonly trace: boolean;
  readonly json: boolean;
  readonly museum: boolean;
  /** Processes at once. */
  readonly workers: number;
  /** One bug of the museum, by name. */
  readonly bug: string | undefined;
}

export const usage = `npm run sim -- [options]
  --seeds 1000   how many runs (default 1000, with --museum per bug at most, default 400)
  --from 1       the first seed
  --seed 17      this one alone
  --trace        its story
  --json         nothing but the last line
  --workers 2    processes at once
  --museum       runs with a deliberate bug each: which invariant finds it, after how many seeds
  --bug name     with one of them`;

/** @throws TypeError or RangeError naming the option */
export function readOptions(args: readonly string[]): SimOptions {
  const given = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const name = args[i] as string;
    if (flags.has(name)) given.set(name, "true");
    else if (valued.has(name)) given.set(name, args[++i] ?? "");
    else throw new TypeError(`sim: there is no option ${name}.\n${usage}`);
  }
  const isReplay = given.has("--seed");
  const museum = given.has("--museum");
  const seeds = whole(given, "--seeds", museum ? 400 : 1_000);
  return {
    isReplay,
    museum,
    seeds: isReplay ? 1 : seeds,
    from: isReplay ? whole(given, "--seed", 1) : whole(given, "--from", 1),
    trace: given.has("--trace"),
    json: given.has("--json"),
    workers: whole(given, "--workers", 2),
    bug: given.get("--bug"),
  };
}

const flags = new Set(["--trace", "--json", "--museum"]);
const valued = new Set(["--seeds", "--seed", "--from", "--workers", "--bug"]);

function whole(given: ReadonlyMap<string, string>, name: string, otherwise: number): number {
  const value = Number(given.get(name) ?? otherwise);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new RangeError(`sim: ${name} is ${given.get(name)}; use a whole number from 1.`);
}
