// Folds events into a fresh object the way recovery does, and looks whether `apply` is what it must be: a function of state
// and event, and of nothing else. While it runs, clock and chance throw.
import { AssertionError } from "node:assert";
import type { DomainEvent, EventMeta } from "@aether/persistence";
import { mustEqual } from "./difference.ts";
import type { Durable } from "./subject.ts";

export interface Applied {
  readonly event: DomainEvent;
  readonly meta: EventMeta;
}

/** Where a fold begins, if not at the beginning. */
export interface FoldStart {
  /** What `restore` is given; a new copy at each call, as from a store. */
  readonly read: () => unknown;
  readonly snapshotVersion: number;
  /** Of the actor. */
  readonly version: number;
}

/** @throws AssertionError when `apply` throws, is async, reads clock or chance, or changes the event */
export function fold(object: Durable, events: readonly Applied[], start?: FoldStart): Durable {
  Object.defineProperty(object, "ctx", { get: () => refuse("this.ctx"), configurable: true });
  withoutClockAndChance(() => {
    if (start !== undefined) restore(object, start);
    for (const { event, meta } of events) applyOne(object, event, meta);
  });
  return object;
}

function restore(object: Durable, { read, snapshotVersion }: FoldStart): void {
  const data = read();
  try {
    object.restore(data, snapshotVersion);
  } catch (error) {
    const what = `${object.constructor.name}.restore of a snapshot of version ${snapshotVersion}`;
    throw new AssertionError({ message: `${what} threw: ${error instanceof Error ? error.message : String(error)}` });
  }
}

function applyOne(object: Durable, event: DomainEvent, meta: EventMeta): void {
  const given = deepFreeze(structuredClone(event));
  const what = `${object.constructor.name}.apply of event ${meta.version} ("${event.type}")`;
  let returned: unknown;
  try {
    returned = object.apply(given, meta);
  } catch (error) {
    throw new AssertionError({ message: `${what} threw: ${error instanceof Error ? error.message : String(error)}` });
  }
  if (!(returned instanceof Promise)) return;
  returned.catch(() => undefined); // it is wrong, however it ends
  throw new AssertionError({ message: `${what} gave a promise; nobody waits for it, so fold the event at once` });
}

/** Two folds of the same events are equal. @throws AssertionError */
export function checkPure(create: () => Durable, events: readonly Applied[], start?: FoldStart): Durable {
  const first = fold(create(), events, start);
  const second = fold(create(), events, start);
  const { name } = first.constructor;
  const message = `${name}.apply is no function of state and event: two folds of the same events differ`;
  mustEqual(message, second.state, first.state);
  return first;
}

type Holder = Record<string, unknown>;

/** What an `apply` might reach for. */
const forbidden: readonly (readonly [object: Holder, name: string, shown: string])[] = [
  [Date as unknown as Holder, "now", "Date.now"],
  [Math as unknown as Holder, "random", "Math.random"],
  [performance as unknown as Holder, "now", "performance.now"],
  [crypto as unknown as Holder, "randomUUID", "crypto.randomUUID"],
  [crypto as unknown as Holder, "getRandomValues", "crypto.getRandomValues"],
  [process as unknown as Holder, "hrtime", "process.hrtime"],
];

/** The task is synchronous, so nobody else meets them. */
function withoutClockAndChance(task: () => void): void {
  const before = forbidden.map(([object, name]) => Object.getOwnPropertyDescriptor(object, name));
  const realDate = globalThis.Date;
  try {
    for (const [object, name, shown] of forbidden) {
      const value = Object.assign(() => refuse(shown), { bigint: () => refuse(`${shown}.bigint`) });
      Object.defineProperty(object, name, { value, configurable: true, writable: true });
    }
    globalThis.Date = new Proxy(realDate, { construct: construct, apply: () => refuse("Date()") });
    task();
  } finally {
    globalThis.Date = realDate;
    forbidden.forEach(([object, name], i) => {
      const descriptor = before[i];
      if (descriptor === undefined) delete object[name];
      else Object.defineProperty(object, name, descriptor);
    });
  }
}

/** `new Date(event.at)` depends on nothing but the event. */
function construct(date: DateConstructor, args: readonly unknown[], target: object): object {
  if (args.length === 0) refuse("new Date()");
  return Reflect.construct(date, args, target as DateConstructor) as object;
}

function refuse(what: string): never {
  throw new Error(`it read ${what}; put the value into the event, or use the meta of apply`);
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
