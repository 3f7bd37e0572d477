// Delivery within one system: used when no plugin decides where messages go.
import type { ActorAddress } from "./address.ts";
import type { Envelope } from "./envelope.ts";
import { isAsk } from "./envelope.ts";
import { SystemStopped } from "./errors.ts";
import { type Kernel, refuse } from "./kernel.ts";
import type { CellRegistry } from "./local-actors.ts";
import type { Outbound, UndeliveredInfo } from "./plugin.ts";
import type { Notify } from "./watching.ts";

const pauseMs = 10;

export class LocalOutbound implements Outbound {
  readonly #kernel: Kernel;
  readonly #local: CellRegistry;
  /** What waits for its moment, by address and in order; later messages for the address wait behind it. */
  readonly #held = new Map<string, Envelope[]>();

  constructor(kernel: Kernel, local: CellRegistry) {
    this.#kernel = kernel;
    this.#local = local;
  }

  send(envelope: Envelope): void {
    const held = this.#held.size === 0 ? undefined : this.#held.get(envelope.to.toString());
    if (held === undefined) this.#local.deliver(envelope);
    else held.push(envelope);
  }

  /** An actor that was leaving is there again at once; one that lost its fence gets a moment, so that two writers do not race. */
  resend(envelope: Envelope, why: UndeliveredInfo): void {
    if (this.#local.isStopping) refuse(this.#kernel, envelope, new SystemStopped(this.#kernel.name));
    else if (this.#kernel.clock.now() >= envelope.deadline) {
      if (!isAsk(envelope)) this.#kernel.deadLetters.add(envelope, `undelivered (${why.reason}) until its deadline`);
    } else {
      if (why.reason !== "leaving") this.#hold(envelope.to.toString());
      this.send(envelope);
    }
  }

  watch(address: ActorAddress, notify: Notify): () => void {
    return this.#local.watch(address, notify);
  }

  #hold(address: string): void {
    if (this.#held.has(address)) return;
    const held: Envelope[] = [];
    this.#held.set(address, held);
    this.#kernel.isDirect = false;
    this.#kernel.scheduler.after(pauseMs * (0.5 + this.#kernel.random.next()), () => {
      this.#held.delete(address);
      this.#kernel.isDirect = this.#held.size === 0;
      for (const envelope of held) this.#local.deliver(envelope);
    });
  }
}
