// How it is shown that a suite bites: a correct store passes, every broken one is caught by the case that is named beside
// it, and there is no case that nothing fails.
import type { SuiteCase } from "@aether/persistence/testing";
import { beforeAll, expect, it } from "vitest";

export interface Biting<Broken> {
  readonly correct: Broken;
  /** By what is wrong: the case that has to say so, and the store. */
  readonly broken: ReadonlyMap<string, readonly [caughtBy: string, Broken]>;
  readonly atLeast: number;
  readonly suiteOf: (store: Broken) => readonly SuiteCase[];
}

/** The names of the tests are the table: what is wrong, and what caught it. */
export function everyBrokenStoreIsCaught<Broken>({ correct, broken, atLeast, suiteOf }: Biting<Broken>): void {
  const failed = new Map<string, readonly string[]>();
  beforeAll(async () => {
    for (const [what, [, store]] of broken) failed.set(what, await failures(suiteOf(store)));
  });

  it("is correct passes", async () => {
    expect(await failures(suiteOf(correct))).toEqual([]);
  });

  for (const [what, [caughtBy]] of broken) {
    it(`"${what}" is caught by "${caughtBy}"`, () => {
      expect(failed.get(what)).toContain(caughtBy);
    });
  }

  it(`is broken is one of at least ${atLeast}`, () => {
    expect(broken.size).toBeGreaterThanOrEqual(atLeast);
  });

  it("is broken is there for every case", () => {
    const biting = new Set([...failed.values()].flat());
    const toothless = suiteOf(correct).filter(({ name }) => !biting.has(name));
    expect(toothless.map(({ name }) => name)).toEqual([]);
  });
}

async function failures(suite: readonly SuiteCase[]): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of suite) await run().catch(() => failed.push(name));
  return failed;
}
