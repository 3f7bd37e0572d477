// What the bench of the event bus stores and listens to.
import { EventSourcedActor, type Events } from "@aether/persistence";

export const busSystem = "bus";
export const busActors = 10_000;
export const busRate = 10_000;

/** `at`: when its append began, by the monotonic clock that all processes of a machine share, in nanoseconds. */
export interface Ticked {
  readonly type: "ticked";
  readonly at: number;
  /** Not while the processes warm up. */
  readonly isCounted: boolean;
}

export class Tick extends EventSourcedActor<Ticked> {
  static type = "tick";
  static readonly events: Events<Ticked> = { ticked: 1 };
  override state = {};
  apply(): void {}
}
