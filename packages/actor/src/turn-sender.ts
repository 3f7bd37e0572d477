// What a turn sends: tells wait for its end, an ask leaves the cell at its call, behind the tells before it. Both go
// through the gate, at the version that they have seen.
import type { ActorAddress } from "./address.ts";
import { ask, type CommandIdentity, createTell, detachArguments, newCommand, type Origin } from "./asking.ts";
import type { Cell } from "./cell.ts";
import { nestedCommandId } from "./command-id.ts";
import { type Envelope, isAsk } from "./envelope.ts";
import { AskBeforeDurable, ReentrantAsk } from "./errors.ts";
import { type Output, sizeOf } from "./gate.ts";
import type { Sender, Target } from "./ref.ts";

/** A message that leaves through the gate. */
class Departure implements Output {
  readonly version: number;
  readonly cause: Envelope;
  readonly turn = "open";
  readonly bytes: number;
  readonly #cell: Cell;
  readonly #envelope: Envelope;

  constructor(cell: Cell, version: number, cause: Envelope, envelope: Envelope) {
    this.#cell = cell;
    this.version = version;
    this.cause = cause;
    this.bytes = sizeOf(envelope.args);
    this.#envelope = envelope;
  }

  leave(): void {
    this.#cell.kernel.outbound.send(this.#envelope);
  }
}

export class TurnSender implements Sender {
  readonly #cell: Cell;
  readonly #incarnation: number;

  constructor(cell: Cell) {
    this.#cell = cell;
    this.#incarnation = cell.incarnation;
  }

  ask(target: Target, command: string, args: readonly unknown[]): Promise<unknown> {
    const cell = this.#cell;
    const open = cell.openEnvelope(`ask "${command}"`, this.#incarnation);
    const origin = new TurnOrigin(cell, open, "ask");
    const to = target.address.toString();
    const chain = origin.chain;
    if (chain.includes(to)) throw new ReentrantAsk([...chain, to], command);
    if (cell.durable?.hasUnsealedChanges === true) throw new AskBeforeDurable(cell.address.toString(), command);
    sendTells(cell);
    return ask(cell.kernel, origin, [target, command, this.#detached(target, command, args)], (envelope) =>
      depart(cell, open, envelope),
    );
  }

  tell(target: Target, command: string, args: readonly unknown[]): void {
    const cell = this.#cell;
    const open = cell.openEnvelope(`tell "${command}"`, this.#incarnation);
    const call = [target, command, this.#detached(target, command, args)] as const;
    (cell.tells ??= []).push(createTell(cell.kernel, new TurnOrigin(cell, open, "tell"), call));
  }

  /** References are as safe as in any call where no gate can be shut and nothing becomes history. */
  #detached(target: Target, command: string, args: readonly unknown[]): ReturnType<typeof detachArguments> {
    const { durable, kernel } = this.#cell;
    const isPlainCall =
      durable === undefined && kernel.permit === undefined && target.info.base.durability === undefined;
    return isPlainCall ? args : detachArguments(args, command);
  }
}

/** The tells of the open turn so far, through the gate. */
export function sendTells(cell: Cell): void {
  const tells = cell.tells;
  if (tells === undefined) return;
  cell.tells = undefined;
  const cause = cell.openEnvelope("tell");
  for (const envelope of tells) depart(cell, cause, envelope);
}

function depart(cell: Cell, cause: Envelope, envelope: Envelope): void {
  const version = cell.durable?.version ?? 0;
  if (cell.isGateOpen(version)) cell.kernel.outbound.send(envelope);
  else cell.hold(new Departure(cell, version, cause, envelope));
}

/** What a turn passes on to the messages that it sends. */
class TurnOrigin implements Origin {
  readonly address: ActorAddress;
  readonly deadline: number;
  readonly #cell: Cell;
  readonly #open: Envelope;

  readonly #kind: "ask" | "tell";

  constructor(cell: Cell, open: Envelope, kind: "ask" | "tell") {
    this.#kind = kind;
    this.#cell = cell;
    this.#open = open;
    this.address = cell.address;
    this.deadline = !isAsk(open) ? Number.POSITIVE_INFINITY : open.deadline;
  }

  get chain(): readonly string[] {
    return [...this.#open.chain, this.address.toString()];
  }

  /** (parent, ordinal), so that a turn that runs again sends the same ids. An ask of a parent without id starts anew. */
  identify(target: Target): CommandIdentity {
    const { commandId, answeredBelow } = this.#open;
    if (commandId !== undefined) {
      return { id: nestedCommandId(commandId, ++this.#cell.nestedCalls, this.#kind), answeredBelow };
    }
    if (this.#kind === "tell" || target.info.base.durability === undefined) return { id: undefined, answeredBelow: 0 };
    return newCommand(this.#cell.kernel);
  }
}
