// A system as a user would make it: nothing is switched off.
import { type ActorClass, type ActorSystem, createSystem, type Hosting } from "@aether/actor";

export function ownSystem(...actors: readonly (ActorClass | Hosting)[]): Promise<ActorSystem> {
  return createSystem({ name: "bench", actors });
}
