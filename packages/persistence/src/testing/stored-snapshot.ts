// What becomes of a state on its way through a stored snapshot: the codec, the sealed text, and back.
import { type Codec, Codecs } from "../codec.ts";
import { defaultHorizon } from "../named-commands.ts";
import { RememberedCommands } from "../remembered-commands.ts";
import { decodeSnapshot, encodeSnapshot } from "../snapshot-format.ts";

export interface SnapshotPlace {
  readonly actor: { readonly type: string; readonly id: string };
  readonly version: number;
  /** `snapshotVersion` of the class. */
  readonly schema: number;
  /** As for `persistence`. */
  readonly codec?: Codec | readonly Codec[] | undefined;
}

/**
 * @param state what `snapshot()` gave
 * @returns what `restore(data, schema)` is given
 * @throws TypeError naming the path of what would not come back the same
 */
export function throughSnapshot(
  state: unknown,
  place: SnapshotPlace,
): { readonly data: unknown; readonly schema: number } {
  const { actor, version, schema, codec } = place;
  const codecs = new Codecs(codec);
  const commands = new RememberedCommands(defaultHorizon).toJson();
  const name = `${actor.type}/${actor.id}`;
  const captured = { version, state: codecs.encodeState(state, `snapshot of ${name}`), commands };
  const header = { actor, version, token: version, schema, codec: codecs.name, time: 0 };
  const stored = decodeSnapshot(encodeSnapshot(header, captured), actor, name, codecs);
  return { data: stored.state, schema: stored.schema };
}
