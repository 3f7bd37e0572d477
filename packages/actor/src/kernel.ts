// What cells share: the system as seen from inside.
import type { Logger } from "pino";
import type { Cell } from "./cell.ts";
import type { Clock } from "./clock.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Undelivered } from "./errors.ts";
import type { Flag } from "./flag.ts";
import { type Envelope, isAsk } from "./envelope.ts";
import type { CellRegistry } from "./local-actors.ts";
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
  readonly dispatcher: Dispatcher<Cell>;
  readonly deadLetters: DeadLetters;
  readonly askTimeoutMs: number;
  /** Local messages take the form that they would have between nodes. */
  readonly simulateRemote: boolean;
  /** An actor that was found here stays here, and nothing on its way to one must be waited for. */
  isDirect: Flag;
  /** Set while the system is put together. */
  local: CellRegistry;
  /** Set once all plugins are installed. */
  outbound: Outbound;
  permit: OutputPermit | undefined;
  /** One of each kind of object that lives no longer than its message: see `samplesOf`. */
  samples: readonly object[];
}

/** To wherever its actor lives. A spawned actor lives with its parent, here. */
export function send(kernel: Kernel, envelope: Envelope): void {
  const place = envelope.place === undefined ? envelope.to : envelope.place;
  const known = kernel.isDirect === true ? place.resident : undefined;
  if (known !== undefined && (known.isOpen === true || !known.isGone)) known.enqueue(envelope);
  else route(kernel, envelope);
}

function route(kernel: Kernel, envelope: Envelope): void {
  if (envelope.to.parent === undefined) kernel.outbound.send(envelope);
  else kernel.local.deliver(envelope);
}

/** An envelope that was certainly not handled: back to whoever sent it. */
export function returnToSender(kernel: Kernel, envelope: Envelope, why: Undelivered): void {
  if (envelope.reply !== undefined) envelope.reply.undelivered(envelope, why);
  else resend(kernel, envelope, why);
}

export function resend(kernel: Kernel, envelope: Envelope, why: Undelivered): void {
  if (envelope.to.parent === undefined) kernel.outbound.resend(envelope, why);
  else kernel.local.deliver(envelope);
}

/** A refusal goes to whoever asked; without one it is a dead letter. The transport learns of both that it is over. */
export function refuse(kernel: Kernel, envelope: Envelope, error: Error): void {
  if (!isAsk(envelope)) kernel.deadLetters.add(envelope, error.message, error);
  envelope.reply?.fail(error);
}
