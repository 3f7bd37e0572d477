// What was stored in this process, in the order in which it was stored, told over connections that can be cut and lose
// things: what the event bus stands on where there is no server.
import type { Clock, Scheduler } from "@aether/actor";
import type {
  ActorKey,
  EventLog,
  LogBounds,
  LogFilter,
  LoggedCommit,
  LogListener,
  StoreBackend,
  Token,
} from "@aether/persistence";
import type { BusRecord, BusRecords } from "../contracts/event-bus.ts";

interface Entry extends LoggedCommit {
  readonly time: number;
}

const pageSize = 250;

/** Shared by all connections. */
export class MemoryEventLog {
  readonly records: MemoryRecords = new MemoryRecords();
  readonly #clock: Clock;
  readonly #tokens = new Map<string, Token>();
  readonly #connections = new Set<MemoryLogConnection>();
  #entries: Entry[] = [];
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get last(): number {
    return this.#last;
  }

  get first(): number {
    return this.#entries[0]?.position ?? this.#last + 1;
  }

  connect(scheduler: Scheduler): MemoryLogConnection {
    const connection = new MemoryLogConnection(this, scheduler);
    this.#connections.add(connection);
    return connection;
  }

  /** Each committed token counts once, however often its append is repeated. */
  add(actor: ActorKey, token: Token, bytes: Uint8Array): void {
    const key = `${actor.type}/${actor.id}`;
    if (token <= (this.#tokens.get(key) ?? 0)) return;
    this.#tokens.set(key, token);
    const { type, id } = actor;
    this.#last = Math.max(this.#last + 1, token); // the token itself where a store counts all its commits
    this.#entries.push({ actor: { type, id }, position: this.#last, bytes: bytes.slice(), time: this.#clock.wall() });
    for (const connection of this.#connections) connection.tell();
  }

  /** Lets go of what lies before a position, of one actor or of all. */
  truncate(before: number, of?: ActorKey): void {
    const isOf = ({ actor }: Entry): boolean => of === undefined || (actor.type === of.type && actor.id === of.id);
    this.#entries = this.#entries.filter((entry) => entry.position >= before || !isOf(entry));
  }

  /** Forgets what lies behind a position, as a store does that was restored from a copy. */
  setBack(last: number): void {
    this.#entries = this.#entries.filter(({ position }) => position <= last);
    this.#last = last;
    this.#tokens.clear();
    for (const connection of this.#connections) connection.setBack(last);
  }

  behind(after: number, count: number): readonly Entry[] {
    const start = this.#entries.findIndex(({ position }) => position > after);
    return start === -1 ? [] : this.#entries.slice(start, start + count);
  }

  beforeTime(time: number): number {
    const first = this.#entries.find((entry) => entry.time >= time);
    return (first?.position ?? this.#last + 1) - 1;
  }
}

interface Follower {
  readonly listener: LogListener;
  /** Told, or lost. */
  passed: number;
  told: number;
}

/** One process's way to the log. */
export class MemoryLogConnection implements EventLog {
  readonly streams = 1;
  readonly #log: MemoryEventLog;
  readonly #scheduler: Scheduler;
  readonly #followers = new Set<Follower>();
  #isCut = false;
  #toLose = 0;

  constructor(log: MemoryEventLog, scheduler: Scheduler) {
    this.#log = log;
    this.#scheduler = scheduler;
  }

  /** While it is cut, nothing is told and nothing answers. */
  cut(isCut: boolean): void {
    this.#isCut = isCut;
    this.tell();
  }

  /** So many of the next commits are lost on the way. */
  lose(count: number): void {
    this.#toLose += count;
  }

  streamOf(): number {
    return 0;
  }

  async bounds(): Promise<LogBounds> {
    this.#check();
    return { first: this.#log.first, last: this.#log.last };
  }

  async before(_stream: number, time: Date): Promise<number> {
    this.#check();
    return this.#log.beforeTime(time.getTime());
  }

  async *read(
    _stream: number,
    range: { readonly after: number; readonly upTo: number },
    { type, id }: LogFilter,
  ): AsyncIterable<readonly LoggedCommit[]> {
    for (let { after } = range; after < range.upTo;) {
      this.#check();
      const page = this.#log.behind(after, pageSize).filter(({ position }) => position <= range.upTo);
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.position;
      yield page.filter(({ actor }) => (type ?? actor.type) === actor.type && (id ?? actor.id) === actor.id);
    }
  }

  async follow(_stream: number, after: number, listener: LogListener): Promise<() => Promise<void>> {
    this.#check();
    const follower = { listener, passed: after, told: after };
    this.#followers.add(follower);
    this.tell();
    return async () => void this.#followers.delete(follower);
  }

  tell(): void {
    for (const follower of this.#followers) this.#scheduler.microtask(() => this.#tellOne(follower));
  }

  setBack(last: number): void {
    for (const follower of this.#followers) {
      follower.passed = Math.min(follower.passed, last);
      follower.told = Math.min(follower.told, last);
      follower.listener.setBack(last);
    }
  }

  #tellOne(follower: Follower): void {
    if (this.#isCut || !this.#followers.has(follower)) return;
    for (const { actor, position, bytes } of this.#log.behind(follower.passed, Number.POSITIVE_INFINITY)) {
      const previous = follower.passed;
      follower.passed = position;
      if (this.#toLose > 0) this.#toLose--;
      else follower.listener.stored({ actor, position, previous, bytes });
      if (!this.#followers.has(follower)) return;
    }
  }

  #check(): void {
    if (this.#isCut) throw new Error("the connection is cut");
  }
}

/** The same backend, whose commits are told. */
export function loggedStore(backend: StoreBackend, log: MemoryEventLog): StoreBackend {
  return {
    name: backend.name,
    async open(scope) {
      const stores = await backend.open(scope);
      const { events } = stores;
      const append: typeof events.append = async (actor, after, bytes) => {
        const outcome = await events.append(actor, after, bytes);
        if (outcome.type === "committed") log.add(actor, outcome.token, bytes);
        return outcome;
      };
      return {
        ...stores,
        events: new Proxy(events, { get: (target, name) => (name === "append" ? append : bound(target, name)) }),
      };
    },
  };
}

function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name);
  return typeof value === "function" ? (value.bind(target) as unknown) : value;
}

export class MemoryRecords implements BusRecords {
  readonly #records = new Map<string, BusRecord>();
  #last = 0;

  async read(name: string): Promise<BusRecord | undefined> {
    return this.#records.get(name);
  }

  async write(name: string, text: string, expected: number): Promise<number | undefined> {
    if ((this.#records.get(name)?.revision ?? 0) !== expected) return undefined;
    this.#records.set(name, { text, revision: ++this.#last });
    return this.#last;
  }
}
