// The commands with ids that callers chose: kept by count and age, in the order of that. Where outcomes take too many bytes,
// the oldest give way.
import { isRoomy, type RememberedCommand, sizeOf, withoutOutcome } from "./command-rows.ts";

/**
 * How long ids that callers chose are recognised. An id goes when both `minCount` newer ones are there and it has the age,
 * or when there are more than `maxCount`. All of it travels in every snapshot.
 */
export interface CommandHorizon {
  /** The last so many ids are kept, however old. @default 1,000 */
  readonly minCount: number;
  /** Younger ones are kept, in milliseconds, up to `maxCount`. @default 600,000 */
  readonly minAgeMs: number;
  /** No more than this are kept, however young. @default 10,000 */
  readonly maxCount: number;
  /**
   * Ids and outcomes together: past it the oldest outcomes give way, and a repeat is refused as done
   * (`PERSISTENCE_COMMAND_ALREADY_DONE`); chosen ids stay. It holds a second time for what sessions sent, and there ids go
   * too, if they alone take more. @default 262,144
   */
  readonly maxBytes: number;
}

export const defaultHorizon: CommandHorizon = Object.freeze({
  minCount: 1_000,
  minAgeMs: 600_000,
  maxCount: 10_000,
  maxBytes: 262_144,
});

export class NamedCommands {
  readonly #horizon: CommandHorizon;
  readonly #byId = new Map<string, RememberedCommand>();
  #bytes = 0;
  /** Those whose outcomes can give way, oldest first. */
  readonly #roomy = new Set<string>();

  constructor(horizon: CommandHorizon) {
    this.#horizon = horizon;
  }

  get(id: string): RememberedCommand | undefined {
    return this.#byId.get(id);
  }

  /** Oldest first. */
  values(): Iterable<RememberedCommand> {
    return this.#byId.values();
  }

  remember(command: RememberedCommand): void {
    const before = this.#byId.get(command.id);
    if (before !== undefined) this.#forget(before); // the part of it that was stored before
    this.#put(command);
    this.#giveUpOutcomes(command.id);
    for (const oldest of this.#byId.values()) {
      if (oldest === command || !this.#isBeyond(oldest, command.time)) return;
      this.#forget(oldest);
    }
  }

  #put(command: RememberedCommand): void {
    this.#byId.set(command.id, command);
    this.#bytes += sizeOf(command);
    if (isRoomy(command)) this.#roomy.add(command.id);
  }

  #forget(command: RememberedCommand): void {
    this.#byId.delete(command.id);
    this.#roomy.delete(command.id);
    this.#bytes -= sizeOf(command);
  }

  /** That of the newest stays: a repeat of it is the likeliest. */
  #giveUpOutcomes(newest: string): void {
    for (const id of this.#roomy) {
      if (this.#bytes <= this.#horizon.maxBytes || id === newest) return;
      const command = this.#byId.get(id) as RememberedCommand;
      const rest = withoutOutcome(command);
      this.#byId.set(id, rest); // in its place: the order is that of age
      this.#bytes += sizeOf(rest) - sizeOf(command);
      this.#roomy.delete(id);
    }
  }

  #isBeyond(oldest: RememberedCommand, now: number): boolean {
    const { minCount, minAgeMs, maxCount } = this.#horizon;
    if (this.#byId.size > maxCount) return true;
    return this.#byId.size > minCount && now - oldest.time >= minAgeMs;
  }
}
