// Delivery within one system: used when no plugin decides where messages go.
import type { Envelope } from "./envelope.ts";
import { isAsk } from "./envelope.ts";
import { deadLetter, type Kernel } from "./kernel.ts";
import type { LocalActors, Outbound, UndeliveredInfo } from "./plugin.ts";

const pauseMs = 10;

export class LocalOutbound implements Outbound {
  readonly #kernel: Kernel;
  readonly #local: LocalActors;

  constructor(kernel: Kernel, local: LocalActors) {
    this.#kernel = kernel;
    this.#local = local;
  }

  send(envelope: Envelope): void {
    this.#local.deliver(envelope);
  }

  /** An actor that was leaving is there again at once; one that lost its fence gets a moment, so that two writers do not race. */
  resend(envelope: Envelope, why: UndeliveredInfo): void {
    if (this.#kernel.clock.now() >= envelope.deadline) {
      if (!isAsk(envelope)) deadLetter(this.#kernel, envelope, `undelivered (${why.reason}) until its deadline`);
    } else if (why.reason === "leaving") this.#local.deliver(envelope);
    else
      this.#kernel.scheduler.after(pauseMs * (0.5 + this.#kernel.random.next()), () => this.#local.deliver(envelope));
  }
}
