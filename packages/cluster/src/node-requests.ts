// What nodes ask each other besides commands of actors. Each node has an address of its own, of a type that no class can
// have, and what is sent there travels as any message does; it never reaches the actors. Every request ends in time.
import {
  ActorAddress,
  argumentsOf,
  type Envelope,
  type LocalActors,
  type PluginHost,
  type ReplyTo,
  type Undelivered,
  UnknownCommand,
} from "@aether/actor";
import type { NodeAddress, NodeId } from "./contracts/node.ts";
import { NodeSilent } from "./errors.ts";

/** For those that are repeated until they are answered. */
const eachWithinMs = 2_000;
const firstPauseMs = 100;
const maxPauseMs = 5_000;

/** No class can have this type: it does not begin with a letter. */
export const nodeType = "$node";

/** @returns the answer, a plain value */
export type NodeHandler = (args: readonly unknown[]) => unknown;

export interface NodeRequestsParts {
  readonly host: PluginHost;
  readonly self: () => NodeId;
  readonly isPresent: (address: NodeAddress) => boolean;
  /** To the node that the address names. */
  readonly send: (envelope: Envelope) => void;
  /** The node has certainly not done it. */
  readonly resend: (envelope: Envelope, why: Undelivered) => void;
}

export class NodeRequests {
  readonly #parts: NodeRequestsParts;
  readonly #handlers = new Map<string, NodeHandler>();
  #isClosed = false;

  constructor(parts: NodeRequestsParts) {
    this.#parts = parts;
  }

  /** From now on this node answers requests of the name. */
  on(name: string, handler: NodeHandler): void {
    this.#handlers.set(name, handler);
  }

  /**
   * The other node's answer; it may do twice what it is asked once.
   * @throws NodeSilent (`CLUSTER_NODE_SILENT`) after `withinMs`, or what the other node threw
   */
  ask(node: NodeId, name: string, args: readonly unknown[], withinMs: number): Promise<unknown> {
    const { host, self, send } = this.#parts;
    if (node === self()) return this.#handle(name, args);
    return new Promise((resolve, reject) => {
      const cancel = host.scheduler.after(withinMs, () => reply.fail(new NodeSilent(node, name, withinMs)));
      const reply = new Answer(this.#parts, { resolve, reject, cancel });
      send({
        to: new ActorAddress(nodeType, node),
        command: name,
        args,
        deadline: host.clock.now() + withinMs,
        reply,
        sender: undefined,
        commandId: undefined,
        answeredBelow: 0,
        chain: [],
        headers: undefined,
        next: undefined,
      });
    });
  }

  /** Asks until this start of the node has answered. `undefined` when it is gone, or this node has closed. */
  async insist(to: NodeAddress, name: string, args: readonly unknown[]): Promise<unknown> {
    const { scheduler } = this.#parts.host;
    let pauseMs = firstPauseMs;
    while (!this.#isClosed && this.#parts.isPresent(to)) {
      try {
        return await this.ask(to.node, name, args, eachWithinMs);
      } catch {
        await new Promise<void>((resolve) => void scheduler.after(pauseMs, resolve));
        pauseMs = Math.min(2 * pauseMs, maxPauseMs);
      }
    }
    return undefined;
  }

  /** Nothing is repeated any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** The actors of this node, with the node itself among them. @param holds takes a message out of the way, for now */
  besides(local: LocalActors, holds: (envelope: Envelope) => boolean): LocalActors {
    return {
      deliver: (envelope) => {
        if (envelope.to.type === nodeType) this.#receive(envelope);
        else if (!holds(envelope)) local.deliver(envelope);
      },
      waiting: () => local.waiting(),
      counts: () => local.counts(),
      release: (matching) => local.release(matching),
      abandon: (matching) => local.abandon(matching),
      activate: (address) => local.activate(address),
      watch: (address, notify) => local.watch(address, notify),
      reopenGates: () => local.reopenGates(),
    };
  }

  #receive(envelope: Envelope): void {
    const { reply } = envelope;
    void this.#handle(envelope.command, argumentsOf(envelope)).then(
      (value) => reply?.succeed(value),
      (error: unknown) => reply?.fail(error as Error),
    );
  }

  async #handle(name: string, args: readonly unknown[]): Promise<unknown> {
    const handler = this.#handlers.get(name);
    if (handler === undefined) throw new UnknownCommand(nodeType, name);
    return handler(args);
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly cancel: () => void;
}

class Answer implements ReplyTo {
  readonly wantsReply = true;
  isSettled = false;
  readonly #parts: NodeRequestsParts;
  readonly #waiting: Waiting;

  constructor(parts: NodeRequestsParts, waiting: Waiting) {
    this.#parts = parts;
    this.#waiting = waiting;
  }

  succeed(value: unknown): void {
    if (this.#settle()) this.#waiting.resolve(value);
  }

  fail(error: Error): void {
    if (this.#settle()) this.#waiting.reject(error);
  }

  undelivered(envelope: Envelope, why: Undelivered): void {
    if (!this.isSettled) this.#parts.resend(envelope, why);
  }

  #settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.#waiting.cancel();
    return true;
  }
}
