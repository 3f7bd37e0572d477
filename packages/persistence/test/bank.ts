// What the tests of persistence share: a system on virtual time over a store that fails as the test says.
import {
  type ActorClass,
  type ActorSystem,
  createSystem,
  type LocalActors,
  type Plugin,
  type SystemEvent,
  type SystemEventType,
} from "@aether/actor";
import { createSeededRandom, createVirtualTime, type VirtualTime } from "@aether/actor/testing";
import { type EventStore, persistence, type PersistenceMetrics, type PersistenceOptions } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { type Fault, type Faults, faultyBackend } from "@aether/persistence/testing";
import { Account } from "./account.ts";

export interface Bank extends AsyncDisposable {
  readonly system: ActorSystem;
  readonly time: VirtualTime;
  readonly local: LocalActors;
  readonly events: SystemEvent[];
  of<T extends SystemEventType>(type: T): Extract<SystemEvent, { type: T }>[];
  metrics(): PersistenceMetrics;
  /** Every stored commit of an actor, as text. */
  stored(id: string, type?: string): Promise<string[]>;
}

export interface BankOptions extends Partial<PersistenceOptions> {
  readonly actors?: readonly ActorClass[];
  readonly faults?: Faults;
  readonly time?: VirtualTime;
  readonly plugins?: readonly Plugin[];
  readonly seed?: number;
}

/** Systems draw from different sources unless the test says so: their sessions must differ. */
let opened = 0;

export async function openBank(options: BankOptions = {}): Promise<Bank> {
  const { actors = [Account], faults = () => undefined, time = createVirtualTime(), ...rest } = options;
  const { plugins = [], seed = ++opened, store = memory(), ...limits } = rest;
  let local!: LocalActors;
  const inside: Plugin = { name: "inside", install: (host) => void (local = host.local) };
  const system = await createSystem({
    name: "bank",
    actors,
    plugins: [inside, ...plugins, persistence({ store: faultyBackend(store, faults), ...limits })],
    log: false,
    clock: time.clock,
    scheduler: time.scheduler,
    random: createSeededRandom(seed),
  });
  const events: SystemEvent[] = [];
  system.events.subscribe((event) => void events.push(event));
  return {
    system,
    time,
    local,
    events,
    of: (type) => events.filter((event) => event.type === type) as never,
    metrics: () => system.use(persistence).metrics(),
    async stored(id, type = "account") {
      const { events: log } = await store.open({ systemName: "bank", warn: () => undefined });
      return textsOf(log, { type, id });
    },
    async [Symbol.asyncDispose]() {
      const stopped = system.stop();
      await time.advance(20_000);
      await stopped;
    },
  };
}

async function textsOf(log: EventStore, actor: { type: string; id: string }): Promise<string[]> {
  const texts: string[] = [];
  const head = await log.head(actor);
  for await (const page of log.read(actor, { after: 0, upTo: head?.token ?? 0 })) {
    for (const { bytes } of page) texts.push(Buffer.from(bytes).toString());
  }
  return texts;
}

/** Holds calls back until the test lets them go. */
export function hold(operation: "append" | "save" | "head", then: (n: number) => Fault | undefined = () => undefined) {
  const waiting: (() => void)[] = [];
  let isHolding = true;
  const faults: Faults = (call) => {
    if (call.operation !== operation) return undefined;
    const fault = then(call.n);
    if (!isHolding) return fault;
    const until = new Promise<void>((resolve) => waiting.push(resolve));
    return { type: "wait", until, ...(fault === undefined ? {} : { next: fault }) };
  };
  return {
    faults,
    get waiting(): number {
      return waiting.length;
    },
    /** Lets the oldest call go. */
    next: () => waiting.shift()?.(),
    /** Lets all go, now and later. */
    open(): void {
      isHolding = false;
      for (const go of waiting.splice(0)) go();
    },
  };
}

/** What became of a promise so far. */
export function watch(promise: Promise<unknown>): { state: string } {
  const seen = { state: "waiting" };
  promise.then(
    (value) => (seen.state = `done: ${JSON.stringify(value)}`),
    (error: unknown) => (seen.state = `failed: ${(error as { code?: string }).code ?? String(error)}`),
  );
  return seen;
}

/** Events in a stored commit. */
export function eventsIn(commit: string): { type: string; amount: number }[] {
  const { events } = JSON.parse(commit) as { events: { event: { type: string; amount: number } }[] };
  return events.map(({ event }) => event);
}
