// What a system chooses about its persistence, checked once.
import { shown } from "@aether/actor";
import { type Codec, jsonCodec } from "./codec.ts";
import { checkCompression, type SnapshotCompression } from "./compression.ts";
import type { StoreBackend } from "./contracts/backend.ts";
import { checkOptionNames } from "./option-names.ts";
import { type CommandHorizon, defaultHorizon } from "./named-commands.ts";
import { checkRetention, type Retention } from "./retention.ts";

export interface PersistenceOptions {
  /** Where events and snapshots are kept, such as `memory()` or `jetStream({ servers })`. */
  readonly store: StoreBackend;
  /** Where snapshots are kept, if that is another place. @default `store` */
  readonly snapshots?: StoreBackend;
  /** Actors that may recover at once. @default 64 */
  readonly maxRecoveries?: number;
  /** Milliseconds after which an activation gives up waiting for others that recover. @default 60,000 */
  readonly permitWithinMs?: number;
  /** Milliseconds after which an activation gives up on a store that does not answer. @default 15,000 */
  readonly recoverWithinMs?: number;
  /** Ended turns of one actor that may wait for the store before its mailbox pauses. @default 10,000 */
  readonly maxWaitingTurns?: number;
  /** Bytes of their events. @default 16 MiB */
  readonly maxWaitingBytes?: number;
  /** How long a chosen command id is recognised. @default the last 1,000 and those of 10 minutes, at most 10,000; 256 KiB */
  readonly commandHorizon?: Partial<CommandHorizon>;
  /** Whether events are deleted that snapshots cover; `static retention` of a class goes before it. @default none are */
  readonly retention?: Retention;
  /** How events and states become bytes; of a list the first one writes, all of them read. @default `jsonCodec` */
  readonly codec?: Codec | readonly Codec[];
  /** Snapshots that are stored with gzip; `false`: none are. @default those of more than 65,536 bytes */
  readonly compressSnapshots?: SnapshotCompression | false;
  /** Whether persisted events are frozen, so that nobody changes what was folded. @default true */
  readonly freezeEvents?: boolean;
  /**
   * Whether the first activation of each class encodes its initial state, so that a `Map` in it fails there and not at the
   * first snapshot. @default true
   */
  readonly checkInitialState?: boolean;
}

export type SettledOptions = PersistenceOptions &
  Required<Omit<PersistenceOptions, "snapshots" | "retention">> & { readonly commandHorizon: CommandHorizon };

const counts = ["maxRecoveries", "permitWithinMs", "recoverWithinMs", "maxWaitingTurns", "maxWaitingBytes"] as const;

export const defaults: Required<Omit<PersistenceOptions, "store" | "snapshots" | "retention">> = Object.freeze({
  maxRecoveries: 64,
  permitWithinMs: 60_000,
  recoverWithinMs: 15_000,
  maxWaitingTurns: 10_000,
  maxWaitingBytes: 16 * 1_024 * 1_024,
  commandHorizon: defaultHorizon,
  codec: jsonCodec,
  compressSnapshots: Object.freeze({ overBytes: 65_536 }),
  freezeEvents: true,
  checkInitialState: true,
});

const optionNames: readonly string[] = ["store", "snapshots", "retention", ...Object.keys(defaults)];
const flags = ["freezeEvents", "checkInitialState"] as const;
/** The least value of each. */
const horizonMinima: CommandHorizon = { minCount: 0, minAgeMs: 0, maxCount: 1, maxBytes: 0 };

/** Checked, with the defaults for what is left out or `undefined`. @throws TypeError or RangeError naming option and value */
export function settleOptions(options: PersistenceOptions): SettledOptions {
  checkOptions(options);
  const commandHorizon = { ...defaultHorizon, ...given(options.commandHorizon ?? {}) };
  if (commandHorizon.minCount > commandHorizon.maxCount) {
    const { minCount, maxCount } = commandHorizon;
    throw new RangeError(`persistence: commandHorizon.minCount (${minCount}) is above maxCount (${maxCount}).`);
  }
  return { ...defaults, ...given(options), store: options.store, commandHorizon };
}

function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function checkOptions(options: PersistenceOptions): void {
  checkOptionNames("persistence", options, optionNames);
  if (typeof options.store?.open !== "function") {
    throw new TypeError(
      "persistence: store is missing; give a backend, such as memory() of @aether/persistence/memory.",
    );
  }
  if (options.snapshots !== undefined && typeof options.snapshots?.open !== "function") {
    throw new TypeError("persistence: snapshots is no backend; give one, or leave it out to use store.");
  }
  if (options.retention !== undefined) checkRetention("persistence: retention", options.retention);
  if (options.compressSnapshots !== undefined) checkCompression(options.compressSnapshots);
  for (const name of counts) checkWhole(name, options[name], 1);
  for (const name of flags) {
    const value: unknown = options[name];
    if (value === undefined || typeof value === "boolean") continue;
    throw new TypeError(`persistence: ${name} is ${JSON.stringify(value)}; use true or false.`);
  }
  if (options.commandHorizon !== undefined) checkHorizon(options.commandHorizon);
}

function checkHorizon(horizon: Partial<CommandHorizon>): void {
  if (typeof horizon !== "object" || horizon === null) {
    throw new TypeError("persistence: commandHorizon is no object; use one such as { minCount: 1_000 }.");
  }
  checkOptionNames("persistence: commandHorizon", horizon, Object.keys(horizonMinima));
  for (const name of Object.keys(horizonMinima) as (keyof CommandHorizon)[]) {
    checkWhole(`commandHorizon.${name}`, horizon[name], horizonMinima[name]);
  }
}

function checkWhole(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return;
  throw new RangeError(`persistence: ${name} is ${shown(value)}; use a whole number from ${least}.`);
}
