// The actor under test: its class, and how its objects are made.
import { Actor, type ActorClass, describeClass, host, type Hosting } from "@aether/actor";
import { type DomainEvent, type EventSourcedActor, noSnapshots } from "@aether/persistence";
import { BadScenario } from "./errors.ts";

/** A class without constructor arguments, or a function that makes an object: `() => new Order(fakePrices)`. */
export type SubjectSource<A extends Actor> = (ActorClass<A> & (new () => A)) | (() => A);

/** What the kit needs of an event-sourced object. */
export type Durable = EventSourcedActor<DomainEvent>;

export class Subject<A extends Actor> {
  readonly actorClass: ActorClass<A>;
  readonly isDurable: boolean;
  readonly create: () => A;

  /** @throws BadScenario (`TESTING_BAD_SCENARIO`), TypeError for a class that is no actor's */
  constructor(source: SubjectSource<A>) {
    this.create = creatorOf(source);
    const made: unknown = this.create();
    if (!(made instanceof Actor)) {
      throw new BadScenario("given: the function must give a new actor at each call, such as () => new Order(prices).");
    }
    if (this.create() === made)
      throw new BadScenario("given: the function gave the same object twice; make a new one.");
    this.actorClass = made.constructor as ActorClass<A>;
    this.isDurable = !describeClass(this.actorClass).isVolatile;
  }

  get name(): string {
    return this.actorClass.name;
  }

  /** With `noSnapshots` a state need not be storable. */
  get hasSnapshots(): boolean {
    return (this.actorClass as { readonly snapshots?: unknown }).snapshots !== noSnapshots;
  }

  get snapshotVersion(): number {
    return (this.actorClass as { readonly snapshotVersion?: number }).snapshotVersion ?? 1;
  }

  /** @param made hears of every object, of whatever id */
  hosting(made: (actor: A) => void): Hosting<A> {
    const create = (): A => {
      const actor = this.create();
      made(actor);
      return actor;
    };
    return host(this.actorClass, { create });
  }

  /** An object that lives in no system. */
  createDurable(): Durable {
    return this.create() as unknown as Durable;
  }
}

function creatorOf<A extends Actor>(source: SubjectSource<A>): () => A {
  if (typeof source !== "function") {
    throw new BadScenario(
      "given: the first argument is no class and no function; use given(Account) or given(() => …).",
    );
  }
  if (!(source.prototype instanceof Actor)) return source as () => A;
  const actorClass = source as new () => A;
  return () => new actorClass();
}
