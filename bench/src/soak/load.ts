// The load of the soak: actors whose messages take a known time, and a sender outside that asks ten times as many as they
// can handle, whatever becomes of them (an open loop). Every ask is counted when it is sent and when its sender learns how
// it ended.
import { Actor, type ActorRef, AetherError, host } from "@aether/actor";
import { ownSystem } from "../kernel/own-system.ts";

const workers = 10;
/** So long that the asks themselves, which share the thread, take little of it: with 0.1 ms they would take most. */
const workMs = 0.5;
/** All handlers share one thread. */
const handledPerMs = 1 / workMs;
const overload = 10;
/**
 * With ten of these a message waits about a quarter of a second for its turn, on a busy machine a few times that: far less
 * than the five seconds that its sender waits. An ask that times out was refused without a word, or lost.
 */
const mailboxCapacity = 50;
const tickMs = 1;
/** What a late tick makes up for at most: a sender that is too slow for its own rate must return some time. */
const mostAtOnceMs = 1_000;

class Worker extends Actor {
  static type = "worker";
  #done = 0;

  work(): number {
    const until = performance.now() + workMs;
    while (performance.now() < until);
    return ++this.#done;
  }
}

export interface Counts {
  sent: number;
  answered: number;
  /** Told `ACTOR_MAILBOX_FULL`. */
  refused: number;
  /** Heard nothing for as long as an ask waits; should be none. */
  timedOut: number;
  /** Told anything else; should be none. */
  failed: number;
}

export interface Load {
  readonly counts: Readonly<Counts>;
  /** Sends no more, waits until every ask has ended or should have, and stops the system. */
  end(): Promise<void>;
}

export async function startLoad(): Promise<Load> {
  const counts: Counts = { sent: 0, answered: 0, refused: 0, timedOut: 0, failed: 0 };
  const system = await ownSystem(host(Worker, { mailboxCapacity }));
  const refs = Array.from({ length: workers }, (_, i) => system.ref(Worker, `w${i}`));
  const stopSending = sendOnAndOn(refs, counts);
  return {
    counts,
    end: async () => {
      stopSending();
      await allEnded(counts);
      await system.stop();
    },
  };
}

function sendOnAndOn(refs: readonly ActorRef<Worker>[], counts: Counts): () => void {
  const perMs = handledPerMs * overload;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const due = Math.min(now - last, mostAtOnceMs) * perMs;
    last = now;
    for (let i = 0; i < due; i++) send(refs[counts.sent % refs.length] as ActorRef<Worker>, counts);
  }, tickMs);
  return () => clearInterval(timer);
}

function send(ref: ActorRef<Worker>, counts: Counts): void {
  counts.sent++;
  ref.ask.work().then(
    () => counts.answered++,
    (error: unknown) => counts[kindOf(error)]++,
  );
}

function kindOf(error: unknown): keyof Counts {
  const code = error instanceof AetherError ? error.code : undefined;
  if (code === "ACTOR_MAILBOX_FULL") return "refused";
  return code === "ACTOR_ASK_TIMEOUT" || code === "ACTOR_EXPIRED" ? "timedOut" : "failed";
}

/** Asks that nobody was told of; none, when all is well. */
export function untold({ sent, answered, refused, timedOut, failed }: Counts): number {
  return sent - answered - refused - timedOut - failed;
}

const patienceMs = 10_000;
const lookEveryMs = 50;

async function allEnded(counts: Counts): Promise<void> {
  for (let waited = 0; waited < patienceMs && untold(counts) > 0; waited += lookEveryMs) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
