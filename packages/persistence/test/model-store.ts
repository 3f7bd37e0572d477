// A store that fails as a history says, and notes what it has given as stored, to a writer or to a reader: from then on, and
// no sooner, others may know.
import type { EventStore, StoreBackend } from "@aether/persistence";

/** `late`: unknown now, and the append arrives only after the runtime may have asked again. */
export const faultTypes = ["throw-before", "throw-after", "late", "rejected", "conflict"] as const;
export type FaultType = (typeof faultTypes)[number];
type Append = EventStore["append"];

export interface FailingHistory {
  /** By number of the append; what is missing goes through. */
  readonly faults: readonly (FaultType | null)[];
  /** Tags of events whose append was answered with "committed", or which were read. */
  readonly acknowledged: Set<string>;
  readonly later: (task: () => void, ms: number) => void;
}

export function failingStore(log: StoreBackend, history: FailingHistory): StoreBackend {
  return {
    name: "failing",
    async open(scope) {
      const { events, snapshots } = await log.open(scope);
      const append = failing((...args) => events.append(...args), history);
      const { limits } = events;
      const note = (bytes: Uint8Array): void => noteAll(history.acknowledged, bytes);
      return {
        snapshots,
        events: {
          limits,
          append,
          async head(actor) {
            const head = await events.head(actor);
            if (head !== undefined) note(head.bytes);
            return head;
          },
          async *read(...args) {
            for await (const page of events.read(...args)) {
              for (const { bytes } of page) note(bytes);
              yield page;
            }
          },
          truncate: (...args) => events.truncate(...args),
          list: () => events.list(),
          close: () => events.close(),
        },
      };
    },
  };
}

/** A store keeps to its contract: what it may have stored is neither rejected nor in conflict afterwards. */
function failing(append: Append, { faults, acknowledged, later }: FailingHistory): Append {
  const inDoubt = new Set<string>();
  let n = 0;
  return async (actor, after, bytes) => {
    const text = Buffer.from(bytes).toString();
    const fault = faults[n++] ?? undefined;
    const isCertain = fault === "rejected" || fault === "conflict";
    if (fault === "rejected" && !inDoubt.has(text)) return { type: "rejected", reason: "injected" };
    if (fault === "conflict" && !inDoubt.has(text)) return { type: "conflict" };
    if (fault === "throw-before") throw new Error("injected: not stored");
    if (fault === "late") later(() => void append(actor, after, bytes), 1 + (n % 5) * 40);
    if (fault === "throw-after") await append(actor, after, bytes);
    if (fault !== undefined && !isCertain) {
      inDoubt.add(text);
      throw new Error(`injected: ${fault}`);
    }
    const outcome = await append(actor, after, bytes);
    if (outcome.type === "committed") noteAll(acknowledged, bytes);
    return outcome;
  };
}

export interface Moved {
  readonly type: "moved";
  readonly tag: string;
  readonly amount: number;
}

export function eventsOf(commit: string): readonly Moved[] {
  return (JSON.parse(commit) as { events: { event: Moved }[] }).events.map(({ event }) => event);
}

function noteAll(tags: Set<string>, commit: Uint8Array): void {
  for (const { tag } of eventsOf(Buffer.from(commit).toString())) tags.add(tag);
}
