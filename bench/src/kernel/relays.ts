// Actors that tell each other: two that return every ball, and a thousand that pass one token round.
import { Actor, type ActorRef, host } from "@aether/actor";
import { Countdown } from "../countdown.ts";
import { type Contender, nsEach } from "../measure.ts";
import { HandActor } from "./limit.ts";
import { ownSystem } from "./own-system.ts";
import type { Workload } from "./workload.ts";

class Relay extends Actor {
  static type = "relay";
  readonly #done: Countdown;
  #next: ActorRef<Relay> | undefined;

  constructor(done: Countdown) {
    super();
    this.#done = done;
  }

  link(id: string): void {
    this.#next = this.ctx.ref(Relay, id);
  }

  pass(left: number): void {
    if (left === 1) this.#done.hit();
    else this.#next?.tell.pass(left - 1);
  }
}

/** `size` actors in a ring; each run sends one message round until it was handled `n` times. */
async function relay(size: number): Promise<Contender> {
  const done = new Countdown();
  const system = await ownSystem(host(Relay, { create: () => new Relay(done) }));
  const relays = Array.from({ length: size }, (_, i) => system.ref(Relay, `r${i}`));
  await Promise.all(relays.map((one, i) => one.ask.link(`r${(i + 1) % size}`)));
  return {
    run: (n) =>
      nsEach(n, async () => {
        const handled = done.from(1);
        relays[0]?.tell.pass(n);
        await handled;
      }),
    close: () => system.stop(),
  };
}

type RelayMessage =
  | { readonly type: "link"; readonly next: HandActor<RelayMessage> }
  | { readonly type: "pass"; readonly left: number };

function handRelayActor(done: Countdown): HandActor<RelayMessage> {
  let next: HandActor<RelayMessage> | undefined;
  return new HandActor((message) => {
    if (message.type === "link") next = message.next;
    else if (message.left === 1) done.hit();
    else next?.tell({ type: "pass", left: message.left - 1 });
  });
}

function handRelay(size: number): Contender {
  const done = new Countdown();
  const relays = Array.from({ length: size }, () => handRelayActor(done));
  for (const [i, one] of relays.entries()) {
    one.tell({ type: "link", next: relays[(i + 1) % size] as HandActor<RelayMessage> });
  }
  return {
    run: (n) =>
      nsEach(n, async () => {
        const handled = done.from(1);
        relays[0]?.tell({ type: "pass", left: n });
        await handled;
      }),
  };
}

const ratio = { unit: "ns", bounded: "ratio", n: 2_000_000, atMost: 2 } as const;

export const pingPong: Workload = {
  ...ratio,
  name: "ping-pong",
  aim: 1.4,
  ours: () => relay(2),
  limit: () => handRelay(2),
};

export const ring: Workload = {
  ...ratio,
  name: "ring",
  aim: 1.3,
  ours: () => relay(1_000),
  limit: () => handRelay(1_000),
};
