// Buses that are wrong in one way each, made of the right one: by what they are given, or by what is done around it.
import type { EventBus, EventSubscription, StoredEvent, StoredEventHandler } from "@aether/cluster";
import type { EventLog, LogListener } from "@aether/persistence";
import { type BusParts, StoredEventBus } from "../src/bus/bus.ts";
import type { MakeBus } from "./event-bus-places.ts";

type Options = Record<string, unknown>;
type Bus = ReturnType<MakeBus>;

/** The log through another one. */
function overLog(change: (log: EventLog) => Partial<EventLog>): MakeBus {
  return (parts) =>
    new StoredEventBus({
      ...parts,
      async openLog() {
        const log = await parts.openLog();
        const changed = change(log);
        return new Proxy(log, {
          get(target, name) {
            const value: unknown = Reflect.get(name in changed ? changed : target, name);
            return typeof value === "function" ? value.bind(name in changed ? changed : target) : value;
          },
        });
      },
    });
}

const over =
  (change: (parts: BusParts) => Partial<BusParts>): MakeBus =>
  (parts) =>
    new StoredEventBus({ ...parts, ...change(parts) });

/** Subscribing through another call. */
function around(
  subscribe: (bus: Bus, options: Options, handler: StoredEventHandler) => Promise<EventSubscription>,
): MakeBus {
  return (parts) => {
    const bus = new StoredEventBus(parts);
    return {
      close: () => bus.close(),
      subscribeToEventStored: ((options: Options, handler: StoredEventHandler) =>
        subscribe(bus, options, handler)) as EventBus["subscribeToEventStored"],
    };
  };
}

/** The subscription with something else in the place of what it has. */
function instead(given: (subscription: EventSubscription) => Partial<EventSubscription>): MakeBus {
  return around(async (bus, options, handler) => {
    const subscription = await bus.subscribeToEventStored(options, handler);
    const changed = given(subscription);
    return new Proxy(subscription, {
      get(target, name) {
        const value: unknown = Reflect.get(name in changed ? changed : target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  });
}

/** Handlers through another one. */
const handling = (change: (handler: StoredEventHandler) => StoredEventHandler): MakeBus =>
  around((bus, options, handler) => bus.subscribeToEventStored(options, change(handler)));

const withOptions = (change: (options: Options) => Options): MakeBus =>
  around((bus, options, handler) => bus.subscribeToEventStored(change(options), handler));

function without(options: Options, ...names: readonly string[]): Options {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)));
}

const telling = (change: (listener: LogListener) => LogListener): MakeBus =>
  overLog((log) => ({ follow: (stream, after, listener) => log.follow(stream, after, change(listener)) }));

/** Made in the ways of the broken ones, with nothing broken: what catches those must let these pass. */
export const harmlessBuses: Readonly<Record<string, MakeBus>> = {
  "reads through another log": overLog(() => ({})),
  "is told through another listener": telling((listener) => listener),
  "calls handlers through others": handling((handler) => (stored) => handler(stored)),
  "hands out subscriptions in others": instead(() => ({})),
};

/** By what is wrong: the case that has to say so, and the bus. */
export const brokenBuses: Readonly<Record<string, readonly [caughtBy: string, MakeBus]>> = {
  "does not notice what was lost on the way": [
    "B7 reads again what was lost on the way, in its place",
    telling((listener) => ({
      ...listener,
      stored: (commit) => listener.stored({ ...commit, previous: 0 }),
      setBack: (last) => listener.setBack(last),
    })),
  ],
  "reads it again, and keeps it to itself": ["B7 says that something was lost", over(() => ({ problem: () => {} }))],
  "acknowledges before it is handled": [
    "B4 tells again what nobody finished, with the same id and position",
    handling((handler) => (stored) => void Promise.resolve(handler(stored)).catch(() => {})),
  ],
  "calls handlers while they run": [
    "B2 calls a handler again only when it has ended",
    handling((handler) => (stored) => void Promise.resolve(handler(stored)).catch(() => {})),
  ],
  "makes up an id at each delivery": [
    "B4 tells again what nobody finished, with the same id and position",
    handling((handler) => (stored) => handler({ ...stored, id: `${stored.id}-${Math.random()}` })),
  ],
  "remembers nothing": [
    "B3 goes on exactly behind the last handled event after a restart",
    over(() => ({ records: { read: async () => undefined, write: async () => 1 } })),
  ],
  "remembers what it began, not what it ended": [
    "B3 remembers all that it handled when it is stopped, however seldom it writes otherwise",
    over(({ records }) => ({
      records: {
        read: (name) => records.read(name),
        write: async (name, text, at) => (at === 0 ? records.write(name, text, at) : at),
      },
    })),
  ],
  "writes checkpoints over those of others": [
    "B5 lets only the later one of two processes with one name go on",
    over(({ records }) => ({
      records: {
        read: (name) => records.read(name),
        write: async (name, text) => records.write(name, text, (await records.read(name))?.revision ?? 0),
      },
    })),
  ],
  "begins anew at each start": [
    'B3 begins where it was told to at the first start, and remembers it: "new" is new once',
    withOptions((options) => without(options, "name", "checkpointEvery")),
  ],
  "leaves failures out": [
    "B11 sets aside what fails again and again, with its cause, and goes on",
    handling((handler) => async (stored) => {
      await Promise.resolve(handler(stored)).catch(() => {});
    }),
  ],
  "tries again later, behind others": [
    "B6 lets nothing of an actor overtake what is tried again",
    handling((handler) => async (stored: StoredEvent) => {
      await Promise.resolve(handler(stored)).catch(() =>
        setTimeout(() => void Promise.resolve(handler(stored)).catch(() => {}), 20),
      );
    }),
  ],
  "says that it handled what was parked": [
    "B12 handles what was set aside once more when it is asked to, after a restart too",
    instead((subscription) => ({ replayParked: async () => subscription.parked.length })),
  ],
  "begins at the start, whatever is asked for": [
    "B13 begins with what is stored from now on, or at the start, and joins what is told live",
    withOptions((options) => ({ ...options, from: "start" })),
  ],
  "tells only what is told live": ["B13 begins behind a position", overLog(() => ({ read: async function* () {} }))],
  "drops what a slow handler cannot hold": [
    "B8 lets a slow handler read from the store what it could not hold, and holds up nobody else",
    overLog(() => ({ read: async function* () {} })),
  ],
  "waits at a position beyond the end": [
    "B14 refuses a position beyond the end",
    withOptions((options) =>
      typeof options["from"] === "number" ? { ...options, from: Math.min(options["from"], 1) } : options,
    ),
  ],
  "does not hear that the store was set back": [
    "B14 ends a subscription whose store was set back",
    telling((listener) => ({ stored: (commit) => listener.stored(commit), setBack: () => {} })),
  ],
  "leaves out what is gone": [
    "B15 refuses a position whose next events are gone",
    overLog((log) => ({ bounds: async (stream) => ({ first: 1, last: (await log.bounds(stream)).last }) })),
  ],
  "says nothing of what was deleted before it was told": [
    "B15 says of which actor events were deleted before they were told, and goes on",
    over(() => ({ problem: () => {} })),
  ],
  "gives old events as they are stored": [
    "B1 gives events of an older schema as today's to who names the class, and as stored to who names the type",
    withOptions((options) => (typeof options["actor"] === "function" ? { ...options, actor: "tally" } : options)),
  ],
  "tells what nobody asked for": [
    "B1 tells only what was asked for: of a type, of an actor, events of a name",
    withOptions((options) => without(options, "event")),
  ],
  "tells those who listen to another actor": [
    "B22 bears very many subscriptions of a process, each told of its own actor only",
    withOptions((options) => without(options, "id")),
  ],
  "goes on when it is stopped": [
    "B19 calls no handler again once it is stopped, and waits for the call under way",
    instead(() => ({ stop: async () => {} })),
  ],
  "stops where it should drain": [
    "B20 handles what was stored before it was drained, then stops",
    instead((subscription) => ({ drain: () => subscription.stop() })),
  ],
  "takes wildcards for names": [
    "B21 refuses wildcards and names that are none",
    withOptions(({ actor, ...options }) =>
      typeof actor === "string" && /[*>]/.test(actor) ? options : { actor, ...options },
    ),
  ],
};
