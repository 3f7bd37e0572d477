// What a conformance suite is made of: named cases that any runner can loop over.
import { setTimeout as sleep } from "node:timers/promises";

export interface SuiteCase {
  /** What the store does, as a sentence. */
  readonly name: string;
  /**
   * The properties that the case looks at, by number: E1–E44 of stores of events, S1–S20 of stores of snapshots. Several
   * cases may share one.
   */
  readonly covers: readonly string[];
  /** Why this case does not apply to the store at hand; absent for cases that are to run. */
  readonly skip?: string;
  /** Rejects when the store does not do it. */
  readonly run: () => Promise<void>;
}

/** A place where nothing is stored yet, and connections to it. */
export interface EmptyPlace<Store> {
  /** Each call gives a store of its own; all of them work on the same data. */
  connect(): Promise<Store>;
  /**
   * Ends every connection as the end of the process would, and opens the same data anew. Absent: the case closes what it
   * opened and connects again.
   */
  reopen?(): Promise<Store>;
  /** Takes the place away, with whatever is still open. */
  dispose?(): Promise<void>;
}

export interface SuiteOptions<Store> {
  /** Makes an empty place for one case. */
  open(): Promise<EmptyPlace<Store>>;
  /** Cases that do not apply, by name, each with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
  /** Milliseconds that a case waits for what must come: a call that settles, news for a follower. @default 5,000 */
  readonly patienceMs?: number;
}

/** What a case is given besides its first store. */
export interface CasePlace<Store> {
  connect(): Promise<Store>;
  /** Ends all connections; what comes is a store on the same data. */
  reopen(): Promise<Store>;
  /** The promise's own outcome. @throws Error when it does not settle in time */
  within<T>(promise: Promise<T>, what: string): Promise<T>;
}

export type CaseBody<Store> = (store: Store, place: CasePlace<Store>) => Promise<void>;

/** By name: the numbers that the case covers, with spaces between them, and what it does. */
export type Cases<Store> = Readonly<Record<string, readonly [covers: string, body: CaseBody<Store>]>>;

const defaultPatienceMs = 5_000;

/** Binds cases to the store under test: each runs in an empty place of its own. @throws RangeError for a skip of no case */
export function bindCases<Store extends Closable>(options: SuiteOptions<Store>, cases: Cases<Store>): SuiteCase[] {
  return nameCases(options.skip ?? {}, cases, (body) => runIn(options, body));
}

/** @throws RangeError for a skip of no case */
export function nameCases<Body>(
  skip: Readonly<Record<string, string>>,
  cases: Readonly<Record<string, readonly [covers: string, body: Body]>>,
  run: (body: Body) => Promise<void>,
): SuiteCase[] {
  for (const name of Object.keys(skip)) {
    if (!Object.hasOwn(cases, name)) throw new RangeError(`The suite has no case "${name}" to skip.`);
  }
  return Object.entries(cases).map(([name, [covers, body]]) => {
    const reason = Object.hasOwn(skip, name) ? skip[name] : undefined;
    const skipped = reason === undefined ? {} : { skip: reason };
    return { name, covers: covers.split(" "), ...skipped, run: () => run(body) };
  });
}

interface Closable {
  close(): Promise<void>;
}

async function runIn<Store extends Closable>(options: SuiteOptions<Store>, body: CaseBody<Store>): Promise<void> {
  const place = await options.open();
  const patienceMs = options.patienceMs ?? defaultPatienceMs;
  let opened: Store[] = [];
  const connect = async (): Promise<Store> => {
    const store = await place.connect();
    opened.push(store);
    return store;
  };
  const reopen = async (): Promise<Store> => {
    if (place.reopen) return place.reopen();
    for (const store of opened) await store.close();
    opened = [];
    return connect();
  };
  try {
    await body(await connect(), { connect, reopen, within: (promise, what) => within(promise, patienceMs, what) });
  } finally {
    await place.dispose?.();
  }
}

export async function within<T>(promise: Promise<T>, patienceMs: number, what: string): Promise<T> {
  const over = new AbortController();
  const tooLate = sleep(patienceMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(`${what}: not within ${patienceMs} ms`);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    tooLate.catch(() => undefined);
    over.abort();
  }
}
