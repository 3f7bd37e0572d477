// Code of plugins around the turns of actors. Where there is none, nothing of this is on the path of a message; where
// there is, a synchronous handler behind synchronous interceptors still touches no promise.
import type { Actor } from "./actor.ts";
import type { CommandMethod } from "./actor-class.ts";
import type { ActorType } from "./address.ts";
import type { Envelope } from "./envelope.ts";
import { AetherError, PluginFailed, TurnRefused } from "./errors.ts";
import { isThenable } from "./promises.ts";
import { Rejection } from "./rejection.ts";
import { readable } from "./thrown.ts";

/**
 * Stands around each command of the actors that it was installed for. It calls `next` once and returns what that gave (a
 * promise where the handler is asynchronous), or returns something else in its place, or does not call it and answers
 * or throws by itself: a `Rejection` or an `AetherError` as it is, anything else as `PluginFailed`. A handler that threw has
 * failed, whatever the interceptor makes of it, and one that still runs is waited for.
 */
export type Interceptor = (message: Envelope, next: () => unknown) => unknown;

/** How a command is run: by the method alone, or through what stands around it. */
export type Receive = (actor: Actor, method: CommandMethod, envelope: Envelope) => unknown;

interface Installed {
  readonly plugin: string;
  readonly types: readonly ActorType[] | undefined;
  readonly interceptor: Interceptor;
}

/** Those of one plugin stand where the plugin stands in the order of installation; the first is the outermost. */
export class Interceptors {
  readonly #order: () => readonly string[];
  #installed: readonly Installed[] = [];

  /** @param order the names of the plugins, outermost first */
  constructor(order: () => readonly string[]) {
    this.#order = order;
  }

  add(installed: Installed): void {
    this.#installed = [...this.#installed, installed];
  }

  remove(matching: (installed: Installed) => boolean): void {
    this.#installed = this.#installed.filter((one) => !matching(one));
  }

  /** What is to be around the commands of a type; the innermost runs the method itself. */
  around(type: ActorType, innermost: Receive | undefined, plain: Receive): Receive | undefined {
    const order = this.#order();
    const chosen = this.#installed
      .filter(({ types }) => types === undefined || types.includes(type))
      .toSorted((a, b) => order.indexOf(a.plugin) - order.indexOf(b.plugin));
    if (chosen.length === 0) return innermost;
    return chosen.reduceRight<Receive>((inner, one) => layer(one, inner), innermost ?? plain);
  }
}

function layer({ plugin, interceptor }: Installed, inner: Receive): Receive {
  return (actor, method, envelope) => {
    const handler = new Handled(() => inner(actor, method, envelope));
    let result: unknown;
    try {
      result = interceptor(envelope, handler.next);
    } catch (error) {
      return handler.refuse(blame(plugin, error));
    }
    if (!isThenable(result)) return handler.finish(result);
    return Promise.resolve(result).then(
      (value) => handler.finish(value),
      (error: unknown) => handler.refuse(blame(plugin, error)),
    );
  };
}

/** The handler behind one interceptor, and what became of it. The turn is not over before it is. */
class Handled {
  readonly #run: () => unknown;
  #state: "waiting" | "called" | "failed" | "over" = "waiting";
  #error: unknown;
  /** Settles with an asynchronous handler. */
  #running: Promise<unknown> | undefined;

  constructor(run: () => unknown) {
    this.#run = run;
  }

  readonly next = (): unknown => {
    if (this.#state === "over") throw new Error("next was called when the message was answered already");
    if (this.#state !== "waiting") throw new Error("next was called twice");
    this.#state = "called";
    let result: unknown;
    try {
      result = this.#run();
    } catch (error) {
      throw this.#failed(error);
    }
    return isThenable(result) ? this.#wait(result) : result;
  };

  /** A failure of the handler stands, also where the interceptor hid it. */
  finish(result: unknown): unknown {
    return this.#end(() => result);
  }

  refuse(error: TurnRefused): unknown {
    return this.#end(() => {
      throw error;
    });
  }

  /** An interceptor that did not wait for its handler would let two turns run at once. */
  #end(outcome: () => unknown): unknown {
    if (this.#running !== undefined) {
      const again = (): unknown => this.#end(outcome);
      return this.#running.then(again, again);
    }
    if (this.#state === "failed") throw this.#error;
    this.#state = "over";
    return outcome();
  }

  #wait(result: PromiseLike<unknown>): Promise<unknown> {
    const running = Promise.resolve(result)
      .finally(() => (this.#running = undefined))
      .catch((error: unknown) => {
        throw this.#failed(error);
      });
    this.#running = running;
    // Whether or not the interceptor looks at it: `#end` does.
    running.catch(() => undefined);
    return running;
  }

  /** Keeps what was thrown. @returns what the interceptor sees of it */
  #failed(error: unknown): unknown {
    this.#state = "failed";
    this.#error = error;
    return error instanceof TurnRefused ? error.reason : error;
  }
}

function blame(plugin: string, thrown: unknown): TurnRefused {
  const error = readable(thrown);
  const speaks = error instanceof Rejection || error instanceof AetherError;
  return new TurnRefused(speaks ? error : new PluginFailed(plugin, "a message", error));
}
