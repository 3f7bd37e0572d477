// The actors under load. Every event names the operation that made it, so that the log itself says what was done, whatever
// the runtime remembers of commands.
import { EventSourcedActor, type Events, hybrid } from "@aether/persistence";

export type WalletEvent = { readonly type: "added"; readonly op: string; readonly amount: number };

export interface WalletState {
  /** Events so far: the version. */
  n: number;
  sum: number;
}

export class Wallet extends EventSourcedActor<WalletEvent> {
  static type = "wallet";
  static readonly events: Events<WalletEvent> = { added: 1 };
  static readonly snapshots = hybrid({ minEvents: 10, maxEvents: 60 });

  state: WalletState = { n: 0, sum: 0 };

  apply({ amount }: WalletEvent) {
    this.state.n += 1;
    this.state.sum += amount;
  }

  add(op: string, amount: number): WalletState {
    return { ...this.persist({ type: "added", op, amount }) };
  }

  look(): WalletState {
    return { ...this.state };
  }

  /** A timer in memory: it may be lost with its process, and set again by a repeat of the command. */
  later(op: string, delayMs: number): void {
    this.ctx.timers.once(op, delayMs, () => {
      this.persist({ type: "added", op, amount: 0 });
    });
  }
}

export type TransferEvent = { readonly type: "moved" };

/** Takes here and gives there: two commands with ids of their own, repeated until both are done. */
export class Transfer extends EventSourcedActor<TransferEvent> {
  static type = "transfer";
  static readonly events: Events<TransferEvent> = { moved: 1 };

  state = { isDone: false };

  apply() {
    this.state.isDone = true;
  }

  async move(from: string, to: string, amount: number): Promise<void> {
    if (this.state.isDone) return;
    const op = this.ctx.id;
    await this.ctx.ref(Wallet, from).ask.add(`${op}/out`, -amount);
    await this.ctx.ref(Wallet, to).ask.add(`${op}/in`, amount);
    this.persist({ type: "moved" });
  }
}
