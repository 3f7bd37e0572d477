// What the kernel's tests share: a system on virtual time, a plugin that hands out the local actors, a latch.
import {
  ActorAddress,
  type ActorClass,
  type ActorSystem,
  createSystem,
  type Envelope,
  type Hosting,
  type LocalActors,
  type OutputPermit,
  outputPermit,
  type Plugin,
  type SystemEvent,
  type SystemOptions,
} from "@aether/actor";
import { createVirtualTime, type VirtualTime } from "@aether/actor/testing";

export interface Harness extends AsyncDisposable {
  readonly system: ActorSystem;
  readonly time: VirtualTime;
  readonly local: LocalActors;
  readonly events: SystemEvent[];
  /** Whether outputs may leave; `true` at first. */
  permit(granted: boolean): void;
  /** Delivers a hand-made ask and gives its outcome. */
  send(to: string, command: string, args?: Envelope["args"]): Promise<unknown>;
}

export interface HarnessOptions {
  readonly plugins?: readonly Plugin[];
  readonly hasPermit?: boolean;
  /** Further options of the system. */
  readonly options?: Omit<Partial<SystemOptions>, "actors" | "plugins" | "clock" | "scheduler">;
}

export async function start(
  actors: readonly (ActorClass | Hosting)[],
  { plugins = [], hasPermit = false, options = {} }: HarnessOptions = {},
): Promise<Harness> {
  const time = createVirtualTime();
  let granted = true;
  let local!: LocalActors;
  const permit: OutputPermit = { granted: () => granted };
  const inside: Plugin = {
    name: "inside",
    install(host) {
      local = host.local;
      if (hasPermit) host.provide(outputPermit, permit);
    },
  };
  const system = await createSystem({
    name: "t",
    actors,
    plugins: [inside, ...plugins],
    log: false,
    ...options,
    clock: time.clock,
    scheduler: time.scheduler,
  });
  const events: SystemEvent[] = [];
  system.events.subscribe((event) => void events.push(event));
  return {
    system,
    time,
    local,
    events,
    permit: (value) => void (granted = value),
    send: (to, command, args = []) => deliver(local, to, { command, args }),
    async [Symbol.asyncDispose]() {
      const stopped = system.stop();
      await time.advance(20_000);
      await stopped;
    },
  };
}

function deliver(local: LocalActors, to: string, message: Pick<Envelope, "command" | "args">): Promise<unknown> {
  const [type, id] = to.split("/") as [string, string];
  return new Promise((resolve, reject) => {
    local.deliver({
      to: new ActorAddress(type, id),
      command: message.command,
      args: message.args,
      deadline: 5_000,
      reply: {
        wantsReply: true,
        isSettled: false,
        succeed: resolve,
        fail: reject,
        undelivered: (_, why) => reject(why),
      },
      sender: undefined,
      commandId: undefined,
      answeredBelow: 0,
      chain: [],
      headers: undefined,
      next: undefined,
    });
  });
}

/** A promise that a test opens. */
export function latch<T = void>(): { readonly opened: Promise<T>; open(value: T): void } {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => (open = resolve));
  return { opened, open };
}

/** What became of a promise so far, without waiting for it. */
export function watch(promise: Promise<unknown>): { state: string } {
  const seen = { state: "waiting" };
  promise.then(
    (value) => (seen.state = `done: ${JSON.stringify(value)}`),
    (error: unknown) => (seen.state = `failed: ${(error as { code?: string }).code ?? String(error)}`),
  );
  return seen;
}
