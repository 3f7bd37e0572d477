// A deliberate bug: a text in a source file, and what stands there instead.

export interface Bug {
  readonly name: string;
  /** Below `packages`, such as `persistence/src/committer.ts`. */
  readonly file: string;
  /** Stands there once; without types, so that it is in what was built, too. */
  readonly find: string;
  readonly replace: string;
}
