// Puts into a store what an actor would have left there long ago, by a node of its own: events, one commit each, and the
// snapshot that stands for those before, which retention has deleted.
import { type Codec, Codecs } from "../codec.ts";
import { encodeCommit } from "../commit-format.ts";
import type { OpenStores } from "../contracts/backend.ts";
import type { ActorKey, AppendOutcome, Token } from "../contracts/event-store.ts";
import type { DomainEvent } from "../events.ts";
import { defaultHorizon } from "../named-commands.ts";
import { RememberedCommands } from "../remembered-commands.ts";
import { encodeSnapshot } from "../snapshot-format.ts";
import { TextRun } from "../text-run.ts";

/** One event that the actor is to have. */
export interface PastFact {
  readonly event: DomainEvent;
  /** The version of its schema then. */
  readonly schema: number;
  /** Milliseconds since the epoch when its command ran. */
  readonly time: number;
}

/** What the actor is to begin with. */
export interface StoredState {
  /** What `snapshot()` gave then. */
  readonly data: unknown;
  /** `snapshotVersion` of the class then. */
  readonly schema: number;
  /** Of the actor. */
  readonly version: number;
  readonly time: number;
}

export interface Past {
  readonly facts: readonly PastFact[];
  /** The facts come behind it. */
  readonly snapshot?: StoredState | undefined;
}

type Stores = Pick<OpenStores, "events" | "snapshots">;

/** @param codec as for `persistence` @throws Error when the store does not take one: the actor has no commit yet */
export async function storePast(
  stores: Stores,
  actor: ActorKey,
  { facts, snapshot }: Past,
  codec?: Codec | readonly Codec[],
): Promise<void> {
  const codecs = new Codecs(codec);
  let [after, version] = snapshot ? await storeState(stores, actor, snapshot, codecs) : [0, 0];
  for (const { event, schema, time } of facts) {
    const { text } = codecs.encodeEvent(event, schema);
    after = await storeEvent(stores, { actor, after, firstVersion: ++version, time }, text);
  }
}

/** What is left of the history is its last commit, as after retention: nobody reads the event in it. */
async function storeState(
  stores: Stores,
  actor: ActorKey,
  { data, schema, version, time }: StoredState,
  codecs: Codecs,
): Promise<[token: Token, version: number]> {
  const { text } = codecs.encodeEvent({ type: "deleted by retention" }, 1);
  const token = await storeEvent(stores, { actor, after: 0, firstVersion: version, time }, text);
  const state = codecs.encodeState(data, `snapshot of ${actor.type}/${actor.id}`);
  const captured = { version, state, commands: new RememberedCommands(defaultHorizon).toJson() };
  const header = { actor, version, token, schema, codec: codecs.name, time };
  tokenOf(await stores.snapshots.save(actor, 0, encodeSnapshot(header, captured)), `the snapshot`);
  return [token, version];
}

interface Place {
  readonly actor: ActorKey;
  readonly after: Token;
  readonly firstVersion: number;
  readonly time: number;
}

async function storeEvent({ events }: Stores, place: Place, text: string): Promise<Token> {
  const { actor, after, firstVersion, time } = place;
  const header = { id: `past.${firstVersion}`, ...place, node: "past", epoch: 0 };
  const turn = JSON.stringify({ events: 1, time });
  const bytes = encodeCommit(header, { events: new TextRun(text), turns: new TextRun(turn) });
  const outcome = await events.append(actor, after, bytes);
  return tokenOf(outcome, `event ${firstVersion}`);
}

function tokenOf(outcome: AppendOutcome, what: string): Token {
  if (outcome.type === "committed") return outcome.token;
  throw new Error(`${what} was not stored: ${outcome.type}`);
}
