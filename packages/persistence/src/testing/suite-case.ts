// What a conformance suite is made of: named cases that any runner can loop over.

export interface SuiteCase {
  /** What the store does, as a sentence. */
  readonly name: string;
  /** Why this case does not apply to the store at hand; absent for cases that are to run. */
  readonly skip?: string;
  /** Rejects when the store does not do it. */
  readonly run: () => Promise<void>;
}

/** A place where nothing is stored yet, and connections to it. */
export interface EmptyPlace<Store> {
  /** Each call gives a store of its own; all of them work on the same data. */
  connect(): Promise<Store>;
  /** Takes the place away, with whatever is still open. */
  dispose?(): Promise<void>;
}

export interface SuiteOptions<Store> {
  /** Makes an empty place for one case. */
  open(): Promise<EmptyPlace<Store>>;
  /** Cases that do not apply, by name, each with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

type Body<Store> = (store: Store, place: EmptyPlace<Store>) => Promise<void>;

/** Binds cases to the store under test: each runs in an empty place of its own. @throws RangeError for a skip of no case */
export function bindCases<Store>(
  options: SuiteOptions<Store>,
  cases: Readonly<Record<string, Body<Store>>>,
): SuiteCase[] {
  for (const name of Object.keys(options.skip ?? {})) {
    if (!Object.hasOwn(cases, name)) throw new RangeError(`The suite has no case "${name}" to skip.`);
  }
  return Object.entries(cases).map(([name, body]) => {
    const reason = options.skip?.[name];
    return { name, ...(reason === undefined ? {} : { skip: reason }), run: () => runIn(options, body) };
  });
}

async function runIn<Store>(options: SuiteOptions<Store>, body: Body<Store>): Promise<void> {
  const place = await options.open();
  try {
    await body(await place.connect(), place);
  } finally {
    await place.dispose?.();
  }
}
