// Subscribers of the event bus, on nodes that crash and are cut off like all others: they write down what they are told.
// Nothing of it is ever taken back.
import type { ActorSystem } from "@aether/actor";
import { cluster, type EventSubscription, type StoredEvent, type SubscribeOptions } from "@aether/cluster";
import type { AccountEvent } from "./account.ts";
import type { SimNode } from "./sim-node.ts";
import { describe, type SimWorld } from "./sim-world.ts";

/** A subscription as somebody wants it, over all starts of its nodes. */
export interface Ear {
  readonly id: string;
  /** Durable: of several nodes the one that subscribed last has it. */
  readonly isDurable: boolean;
  /** Where it is begun at every start. */
  readonly nodes: readonly string[];
  readonly options: Pick<SubscribeOptions, "from" | "checkpointEvery" | "checkpointMs" | "maxWaiting">;
  /** How long a handler takes at most, in milliseconds. */
  readonly slowMs: number;
}

/** One event, told once. */
export interface Telling {
  readonly actor: string;
  readonly version: number;
  readonly position: number;
  readonly id: string;
  readonly op: string;
  readonly at: number;
  /** When the handler had ended; undefined for one that never did. */
  endedAt: number | undefined;
  /** It ended well. */
  isHandled: boolean;
}

/** One life of a subscription: until it ends, or its process does. */
export interface Hearing {
  readonly ear: Ear;
  readonly node: string;
  /** How often it had to begin anew, since the log was set back. */
  readonly generation: number;
  /** When all that is stored from then on was to be told; undefined until then. */
  beganAt: number | undefined;
  readonly tellings: Telling[];
  isOver: boolean;
}

const retryMs = 300;
const failShare = 0.03;
/** What a subscription should never say: nothing is parked, gone or set back in these runs. */
const setBack = "CLUSTER_POSITION_AHEAD_OF_LOG";
const bad: ReadonlySet<unknown> = new Set([
  "CLUSTER_EVENT_PARKED",
  "CLUSTER_TOO_MANY_PARKED",
  "CLUSTER_LOG_TRUNCATED",
  setBack,
  "CLUSTER_SLOW_CONSUMER",
]);

export function drawEars(random: () => number): Ear[] {
  if (random() < 0.5) return [];
  const checkpointEvery = [1, 4, 100][Math.floor(random() * 3)] as number;
  const checkpointMs = random() < 0.5 ? 200 : 1_000;
  const maxWaiting = random() < 0.4 ? 3 : 1_000;
  const slowMs = random() < 0.5 ? 0 : 1 + random() * 12;
  const options = { from: "start", checkpointEvery, checkpointMs, maxWaiting } as const;
  const nodes = random() < 0.5 ? ["n1"] : ["n1", "n2"];
  const ledger: Ear = { id: "ledger", isDurable: true, nodes, options, slowMs };
  const news: Ear = { id: "news", isDurable: false, nodes: ["n3"], options: { from: "new", maxWaiting }, slowMs: 0 };
  return random() < 0.5 ? [ledger] : [ledger, news];
}

export class Listening {
  readonly ears: readonly Ear[];
  readonly hearings: Hearing[] = [];
  /** What a subscription should never say, or end with. */
  readonly complaints: string[] = [];
  readonly #generations = new Map<Ear, number>();
  readonly #world: SimWorld;

  constructor(world: SimWorld, ears: readonly Ear[]) {
    this.#world = world;
    this.ears = ears;
  }

  /** A node has started, and this runs in its name. */
  begin(node: SimNode, system: ActorSystem): void {
    for (const ear of this.ears) if (ear.nodes.includes(node.id)) void this.#subscribe(ear, node, system);
  }

  /** Whether all ears have heard what was stored last. */
  get isQuiet(): boolean {
    const last = this.#world.lastTold();
    return this.ears.every(({ id }) =>
      this.hearings.some(
        ({ ear, isOver, tellings }) =>
          ear.id === id &&
          ((last === undefined && !isOver) ||
            tellings.findLast(
              (one) => one.isHandled && one.position === last?.position && one.version === last.version,
            )),
      ),
    );
  }

  async #subscribe(ear: Ear, node: SimNode, system: ActorSystem): Promise<void> {
    const { trace, timeline } = this.#world;
    const generation = this.#generations.get(ear) ?? 0;
    const hearing: Hearing = { ear, node: node.id, generation, beganAt: undefined, tellings: [], isOver: false };
    this.hearings.push(hearing);
    let subscription: EventSubscription;
    try {
      const { eventBus } = system.use(cluster);
      const onProblem = (problem: Error): void => this.#problem(hearing, problem);
      const name = ear.isDurable ? { name: `${ear.id}-${generation}` } : {};
      const options = { actor: "account", ...ear.options, ...name, onProblem };
      subscription = await eventBus.subscribeToEventStored(options, (stored) => this.#hear(hearing, stored));
      hearing.beganAt = timeline.now;
      trace.tell(node.id, `listens as ${ear.id}`);
    } catch (error) {
      hearing.isOver = true;
      this.#problem(hearing, error as Error);
      return this.#again(hearing, node, { system, error });
    }
    await subscription.ended.catch((error: unknown) => this.#setBack(hearing, node, { system, error }));
    hearing.isOver = true;
  }

  #setBack(hearing: Hearing, node: SimNode, end: { readonly system: ActorSystem; readonly error: unknown }): void {
    this.#problem(hearing, end.error as Error);
    if (codeOf(end.error) === setBack) this.#again(hearing, node, end);
  }

  /** As somebody would have it who was told that the log was set back: under another name, from the start. */
  #again(
    { ear, generation }: Hearing,
    node: SimNode,
    { system, error }: { readonly system: ActorSystem; readonly error: unknown },
  ): void {
    if (codeOf(error) === setBack) this.#generations.set(ear, generation + 1);
    if (node.system !== system || !node.isUp) return;
    setTimeout(() => void this.#subscribe(ear, node, system), retryMs);
  }

  async #hear(hearing: Hearing, stored: StoredEvent): Promise<void> {
    const { timeline, trace, random } = this.#world;
    const { actor, version, position, id } = stored;
    const { op } = stored.event as unknown as AccountEvent;
    const telling: Telling = {
      actor: actor.id,
      version,
      position,
      id,
      op,
      at: timeline.now,
      endedAt: undefined,
      isHandled: false,
    };
    hearing.tellings.push(telling);
    const isFailing = random() < failShare;
    const takesMs = random() < 0.5 ? 0 : random() * hearing.ear.slowMs;
    if (takesMs > 0) await new Promise<void>((resolve) => void setTimeout(resolve, takesMs));
    telling.endedAt = timeline.now;
    if (isFailing) throw new Error("not this time");
    telling.isHandled = true;
    trace.mix(position * 100 + version);
  }

  #problem({ ear, node }: Hearing, problem: Error): void {
    const what = `${ear.id} at ${node}: ${describe(problem)}`;
    this.#world.trace.tell(node, `listening as ${what}`);
    const code = codeOf(problem);
    if (this.#world.lost.size > 0 && (code === setBack || code === "CLUSTER_LOG_TRUNCATED")) return;
    if (bad.has(code)) this.complaints.push(what);
  }
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown }).code;
}
