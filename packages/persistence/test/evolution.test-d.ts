// What the types of old events promise. Compiled by `tsc -b`, never run.
import type { Codec, RetiredEvents, Upcasters } from "@aether/persistence";
import { jsonCodec, persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";

type Today = { type: "paid"; cents: number } | { type: "moved"; to: string };
type PaidV1 = { type: "paid"; text: string };
type PaidV2 = { type: "paid"; amount: number };

export const chain: Upcasters<Today> = {
  paid: [
    (old: PaidV1): PaidV2 => ({ type: "paid", amount: Number(old.text) }),
    (old: PaidV2) => ({ type: "paid", cents: old.amount * 100 }),
  ],
};
export const split: Upcasters<Today> = {
  moved: [
    ({ to }: { to: string }) => [
      { type: "moved", to },
      { type: "paid", cents: 5 },
    ],
  ],
};
export const dropped: Upcasters<Today> = { moved: [() => []] };
export const retired: RetiredEvents<Today> = {
  blinked: [() => []],
  travelled: [(old: { to: string }) => ({ type: "moved", to: old.to })],
};

// @ts-expect-error a misspelled event
export const misspelled: Upcasters<Today> = { piad: [() => []] };
// @ts-expect-error the last step does not end at an event of today
export const notToday: Upcasters<Today> = { paid: [(old: PaidV1): PaidV2 => ({ type: "paid", amount: +old.text })] };
// @ts-expect-error a field of the wrong type
export const wrongField: Upcasters<Today> = { moved: [() => ({ type: "moved", to: 5 })] };
// @ts-expect-error the shape of the old event is not written down
export const untyped: Upcasters<Today> = { moved: [(old) => ({ type: "moved", to: old.to })] };
// @ts-expect-error no step at all
export const empty: Upcasters<Today> = { moved: [] };
// @ts-expect-error an upcaster waits for nobody
export const waiting: Upcasters<Today> = { moved: [async () => ({ type: "moved" as const, to: "x" })] };
// @ts-expect-error what is retired is no event of today
export const both: RetiredEvents<Today> = { moved: [() => []] };
// @ts-expect-error a renamed event becomes one of today
export const renamed: RetiredEvents<Today> = { travelled: [() => ({ type: "went" })] };

export const codecs = (cbor: Codec) => [
  persistence({ store: memory(), codec: cbor, compressSnapshots: false }),
  persistence({ store: memory(), codec: [jsonCodec, cbor], compressSnapshots: { overBytes: 1_000 } }),
  // @ts-expect-error a codec has a name
  persistence({ store: memory(), codec: { encode: () => new Uint8Array(), decode: () => 1 } }),
  // @ts-expect-error a misspelled option
  persistence({ store: memory(), compressSnapshots: { over: 1_000 } }),
];
