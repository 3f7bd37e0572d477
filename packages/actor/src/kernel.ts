// What cells share: the system as seen from inside.
import type { Logger } from "pino";
import type { Clock } from "./clock.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Undelivered } from "./errors.ts";
import { type Envelope, isAsk } from "./envelope.ts";
import type { Outbound, OutputPermit } from "./plugin.ts";
import type { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Session } from "./session.ts";
import type { SystemEventBus } from "./system-events.ts";

export interface Kernel {
  readonly name: string;
  readonly session: Session;
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly events: SystemEventBus;
  readonly log: Logger;
  readonly deadlines: Deadlines;
  readonly dispatcher: Dispatcher;
  readonly askTimeoutMs: number;
  /** Set once all plugins are installed. */
  outbound: Outbound;
  permit: OutputPermit | undefined;
}

/** An envelope that was certainly not handled: back to whoever sent it. */
export function returnToSender(kernel: Kernel, envelope: Envelope, why: Undelivered): void {
  if (envelope.reply !== undefined) envelope.reply.undelivered(envelope, why);
  else kernel.outbound.resend(envelope, why);
}

/** Nobody is there to tell. */
export function deadLetter(kernel: Kernel, envelope: Envelope, reason: string): void {
  kernel.events.publish({
    type: "dead-letter",
    address: envelope.to.toString(),
    command: envelope.command,
    reason,
  });
}

/** A refusal goes to whoever asked; without one it is a dead letter. */
export function refuse(kernel: Kernel, envelope: Envelope, error: Error): void {
  if (isAsk(envelope)) envelope.reply?.fail(error);
  else deadLetter(kernel, envelope, error.message);
}
