// The actors of a simulation: accounts whose state tells, at every version, exactly which commands made it.
import { Rejection } from "@aether/actor";
import { EventSourcedActor, everyNEvents, type Events, type SnapshotPolicy } from "@aether/persistence";

export type AccountEvent =
  | { readonly type: "added"; readonly op: string; readonly amount: number }
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
  const change = event.type === "sent" ? -event.amount : event.amount;
  let mixed = digest;
  for (let i = 0; i < event.op.length; i++) mixed = Math.imul(mixed ^ event.op.charCodeAt(i), 0x01000193) >>> 0;
  return { balance: balance + change, count: count + 1, digest: mixed };
}

export const opened: AccountState = Object.freeze({ balance: 0, count: 0, digest: 0x811c9dc5 });

export class Account extends EventSourcedActor<AccountEvent> {
  static type = "account";
  static readonly events: Events<AccountEvent> = { added: 1, sent: 1, received: 1 };
  static readonly snapshots: SnapshotPolicy = everyNEvents(6);

  state: AccountState = opened;

  apply(event: AccountEvent): void {
    this.state = fold(this.state, event);
  }

  add(op: string, amount: number): AccountState {
    return this.persist({ type: "added", op, amount });
  }

  /** Fails halfway: what was persisted before must not be kept. */
  overdraw(op: string, amount: number): AccountState {
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
    this.persist({ type: "added", op: `${op}a`, amount });
    return this.persist({ type: "added", op: `${op}b`, amount });
  }

  read(): AccountState {
    return this.state;
  }
}
