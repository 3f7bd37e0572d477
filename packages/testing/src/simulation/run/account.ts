// The actors of a simulation: accounts whose state tells, at every version, exactly which commands made it. In two releases:
// each reads what the other one writes, as the documentation of rolling deployments asks for.
import { Rejection } from "@aether/actor";
import { EventSourcedActor, everyNEvents, type Events, type SnapshotPolicy } from "@aether/persistence";

export type AccountEvent =
  | { readonly type: "added"; readonly op: string; readonly amount: number }
  /** What the later release writes in place of `added`. */
  | { readonly type: "credited"; readonly op: string; readonly sum: number }
  | { readonly type: "sent"; readonly op: string; readonly to: string; readonly amount: number }
  | { readonly type: "received"; readonly op: string; readonly from: string; readonly amount: number };

export interface AccountState {
  readonly balance: number;
  /** Events so far, which is the version. */
  readonly count: number;
  /** Of the commands behind them, in their order. */
  readonly digest: number;
}

/** The state after one event more: what actors do, and what the checker does again. */
export function fold({ balance, count, digest }: AccountState, event: AccountEvent): AccountState {
  const change = event.type === "credited" ? event.sum : event.type === "sent" ? -event.amount : event.amount;
  let mixed = digest;
  for (let i = 0; i < event.op.length; i++) mixed = Math.imul(mixed ^ event.op.charCodeAt(i), 0x01000193) >>> 0;
  return { balance: balance + change, count: count + 1, digest: mixed };
}

/** How long what is to happen later waits. */
export function laterMs(amount: number): number {
  return 20 + amount * 30;
}

/** What happens outside of all actors; whoever runs a simulation hears of it here. */
export const outside: { hear: (op: string) => void } = { hear: () => undefined };

export const opened: AccountState = Object.freeze({ balance: 0, count: 0, digest: 0x811c9dc5 });

export class Account extends EventSourcedActor<AccountEvent> {
  static type = "account";
  static readonly events: Events<AccountEvent> = { added: 1, credited: 1, sent: 1, received: 1 };
  static readonly snapshots: SnapshotPolicy = everyNEvents(6);

  state: AccountState = opened;

  apply(event: AccountEvent): void {
    this.state = fold(this.state, event);
  }

  /** How this release writes it down. */
  added(op: string, amount: number): AccountEvent {
    return { type: "added", op, amount };
  }

  add(op: string, amount: number): AccountState {
    return this.persist(this.added(op, amount));
  }

  /** Something more later, and something outside, which comes back: both once this is stored, and at most once. */
  later(op: string, amount: number): AccountState {
    this.#begin(op, amount);
    return this.persist(this.added(op, amount));
  }

  #begin(op: string, amount: number): void {
    this.ctx.timers.once(op, laterMs(amount), () => void this.persist(this.added(`${op}t`, 1)));
    const work = async (): Promise<void> => {
      outside.hear(op);
      await new Promise<void>((resolve) => void setTimeout(resolve, amount));
    };
    this.ctx.run(work, () => void this.persist(this.added(`${op}w`, 1)));
  }

  /** Fails halfway: what was persisted before must not be kept, and what was to begin must not begin. */
  overdraw(op: string, amount: number): AccountState {
    this.#begin(op, amount);
    const { balance } = this.persist({ type: "sent", op, to: "nobody", amount });
    if (balance < 0 || amount > 0) throw new Rejection("insufficient-funds", { balance });
    return this.state;
  }

  /** The other side first: a repeat of this command finds what it has done there by the id of the nested one. */
  async transfer(op: string, to: string, amount: number): Promise<AccountState> {
    await this.ctx.ref(Account, to).ask.receive(op, this.ctx.id, amount);
    return this.persist({ type: "sent", op, to, amount });
  }

  receive(op: string, from: string, amount: number): AccountState {
    return this.persist({ type: "received", op, from, amount });
  }

  /** Twice in one command: all of it, or nothing. */
  addTwice(op: string, amount: number): AccountState {
    this.persist(this.added(`${op}a`, amount));
    return this.persist(this.added(`${op}b`, amount));
  }

  read(): AccountState {
    return this.state;
  }
}

/** As the later release stores it. */
export interface LaterForm {
  readonly sum: number;
  readonly events: number;
  readonly digest: number;
}

/** The later release: another name for what is added, another form of snapshots. */
export class LaterAccount extends Account {
  static override type = "account";
  static override readonly events: Events<AccountEvent> = Account.events;
  static override readonly snapshots: SnapshotPolicy = Account.snapshots;
  static readonly snapshotVersion = 2;

  override added(op: string, amount: number): AccountEvent {
    return { type: "credited", op, sum: amount };
  }

  override snapshot(): LaterForm {
    const { balance: sum, count: events, digest } = this.state;
    return { sum, events, digest };
  }

  override restore(data: unknown, version: number): void {
    this.state = version === 1 ? (data as AccountState) : currentForm(data as LaterForm);
  }
}

export function currentForm({ sum, events, digest }: LaterForm): AccountState {
  return { balance: sum, count: events, digest };
}
