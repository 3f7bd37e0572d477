// What a conformance suite is made of: named cases, each in a cluster of its own with nobody in it.
import type { OpenBackend } from "../contracts/backend.ts";

export interface SuiteCase {
  /** What the backend does, as a sentence. */
  readonly name: string;
  /** Rejects when the backend does not do it. */
  readonly run: () => Promise<void>;
}

/** A cluster without nodes. */
export interface SuitePlace {
  /** Opens the backend as one more node would; all that one place opens see each other. */
  open(node: string): Promise<OpenBackend>;
  /** Breaks the node's connection. Without it, cases that need it fail. */
  cut(node: string): Promise<void>;
  /** Brings it back. */
  heal(node: string): Promise<void>;
  /** Takes the place away, with whatever is still open. */
  dispose?(): Promise<void>;
}

export interface SuiteOptions {
  /** Makes an empty place for one case. */
  readonly place: () => Promise<SuitePlace>;
}

type Body = (place: SuitePlace) => Promise<void>;

/** Binds cases to the backend under test. */
export function bindCases({ place }: SuiteOptions, cases: Readonly<Record<string, Body>>): SuiteCase[] {
  return Object.entries(cases).map(([name, body]) => ({ name, run: () => runIn(place, body) }));
}

async function runIn(open: () => Promise<SuitePlace>, body: Body): Promise<void> {
  const place = await open();
  try {
    await body(place);
  } finally {
    await place.dispose?.();
  }
}
