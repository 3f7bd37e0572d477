// Coming back on a given backend: from events, from snapshots, and what is said of damage.
import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { createSeededRandom } from "@aether/actor/testing";
import { sealJson } from "../checksum.ts";
import type { ActorKey, StoredCommit, Token } from "../contracts/event-store.ts";
import type { Faults } from "./faulty-stores.ts";
import type { Ground, StoredText } from "./ground.ts";
import { type Added, emptyLedger, foldLedger, Ledger, type LedgerState, snapshotEvery } from "./ledger.ts";
import { readAll } from "./probing.ts";
import type { StoreCases } from "./store-suite.ts";

const keyOf = (id: string): ActorKey => ({ type: Ledger.type, id });

/** The state that these numbers lead to. */
function stateOf(numbers: readonly number[]): LedgerState {
  return numbers.map((n): Added => ({ type: "added", n })).reduce(foldLedger, emptyLedger);
}

const ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

interface Prepared {
  readonly newest: SavedText;
  readonly older: SavedText;
}

/** A snapshot as it is stored, as far as the cases look into it. */
interface SavedText {
  readonly savedAt: Token;
  /** The commit that made this version. */
  readonly token: Token;
  readonly version: number;
}

/** A history of ten events, with two snapshots on the way. */
async function prepare(ground: Ground, id = "a"): Promise<Prepared> {
  await ground.play(async (stage) => {
    for (const [i, n] of ten.entries()) {
      await stage.ledger(id).ask.add(n);
      if ((i + 1) % snapshotEvery === 0) await stage.saved(id, i + 1);
    }
  });
  const newest = await saved(ground, id);
  return { newest, older: await saved(ground, id, newest.savedAt) };
}

async function saved(ground: Ground, id: string, before?: Token): Promise<SavedText> {
  const stored = await ground.stores.snapshots.load(keyOf(id), before);
  if (stored === undefined) throw new Error(`"${id}" has no snapshot${before ? ` before ${before}` : ""}`);
  const { token, version } = JSON.parse(Buffer.from(stored.bytes).toString()) as { token: Token; version: number };
  return { savedAt: stored.token, token, version };
}

/** The last three commits of each round are behind its snapshot. */
async function comesBack(ground: Ground): Promise<void> {
  const numbers = Array.from({ length: 24 }, (_, i) => i);
  for (let round = 0; round < 3; round++) {
    const part = numbers.slice(round * 8, round * 8 + 8);
    await ground.play(async (stage) => {
      for (const id of ["a", "b"]) {
        equal(await stage.ledger(id).ask.look(), stateOf(numbers.slice(0, round * 8)));
        await stage.ledger(id).ask.addAll(part.slice(0, 5));
        for (const n of part.slice(5)) await stage.ledger(id).ask.add(n);
      }
    });
  }
  await ground.play(async (stage) => equal(await stage.ledger("a").ask.look(), stateOf(numbers)));
}

async function takesTheSnapshot(ground: Ground): Promise<void> {
  const { newest } = await prepare(ground);
  await ground.play(async (stage) => {
    equal(await stage.ledger("a").ask.look(), stateOf(ten));
    equal(stage.of("actor-recovered")[0]?.snapshotVersion, newest.version);
    equal(stage.metrics().snapshots.eventsReplayed, ten.length - newest.version);
  });
}

type Tampering = readonly [what: string, change: (text: string) => string];

const tamperings: readonly Tampering[] = [
  ["one flipped character", (text) => text.replace(/"sum":\d/, '"sum":9')],
  ["a cut", (text) => text.slice(0, -40)],
  ["no text", () => "\0\0\0\0"],
  ["one ahead of the history", (text) => resealed(text, { version: 99, token: Number.MAX_SAFE_INTEGER })],
  ["one of a newer schema", (text) => resealed(text, { schema: 99 })],
  ["another actor's", (text) => resealed(text, { actor: [Ledger.type, "b"] })],
];

/** Another content under a checksum that is right. */
function resealed(text: string, change: Readonly<Record<string, unknown>>): string {
  const { checksum: _, ...members } = JSON.parse(text) as Record<string, unknown>;
  return Buffer.from(sealJson(JSON.stringify({ ...members, ...change }))).toString();
}

interface Tampered {
  readonly id: string;
  readonly operations: readonly string[];
  readonly tokens: readonly Token[];
}

function tampering({ id, operations, tokens }: Tampered, change: Tampering[1]): Faults {
  const tamper = (stored: StoredCommit): StoredCommit => {
    if (!tokens.includes(stored.token)) return stored;
    return { ...stored, bytes: Buffer.from(change(Buffer.from(stored.bytes).toString())) };
  };
  return ({ operation, actor }) =>
    operations.includes(operation) && actor.id === id ? { type: "corrupt", change: tamper } : undefined;
}

function snapshotsOf(id: string, ...spoiled: readonly SavedText[]): Tampered {
  return { id, operations: ["load"], tokens: spoiled.map(({ savedAt }) => savedAt) };
}

async function fallsBack(ground: Ground): Promise<void> {
  for (const [i, [what, change]] of tamperings.entries()) {
    const id = `tampered${i}`;
    const { newest, older } = await prepare(ground, id);
    await ground.play(
      async (stage) => {
        equal([what, await stage.ledger(id).ask.look()], [what, stateOf(ten)]);
        equal([what, stage.of("actor-recovered")[0]?.snapshotVersion], [what, older.version]);
        ok(stage.of("snapshot-unusable").length > 0, `${what}: nobody heard of it`);
      },
      tampering(snapshotsOf(id, newest), change),
    );
  }
}

async function replaysAll(ground: Ground): Promise<void> {
  const { newest, older } = await prepare(ground);
  await ground.play(
    async (stage) => {
      equal(await stage.ledger("a").ask.look(), stateOf(ten));
      equal(stage.of("actor-recovered")[0]?.snapshotVersion, 0);
    },
    tampering(snapshotsOf("a", newest, older), () => "damaged"),
  );
}

async function namesLoss(ground: Ground): Promise<void> {
  const { newest, older } = await prepare(ground);
  await ground.stores.events.truncate(keyOf("a"), older.token + 1);
  const spoiled = snapshotsOf("a", newest, older);
  await ground.play(
    async (stage) => {
      await rejects(stage.ledger("a").ask.look(), (error: { retryable?: boolean; data?: { causeCode?: string } }) => {
        equal([error.retryable, error.data?.causeCode], [false, "PERSISTENCE_HISTORY_LOST"]);
        return true;
      });
      equal(await stage.ledger("other").ask.add(1), 1);
    },
    tampering(spoiled, () => "damaged"),
  );
  await ground.play(async (stage) => equal(await stage.ledger("a").ask.look(), stateOf(ten)));
}

async function namesDamage(ground: Ground): Promise<void> {
  await ground.play(async (stage) => {
    for (const n of [1, 2, 3]) await stage.ledger("a").ask.add(n);
  });
  const head = await ground.stores.events.head(keyOf("a"));
  const second = (await readAll(ground.stores.events, keyOf("a"), 0, head?.token ?? 0))[1]?.token ?? 0;
  const damages: readonly Tampering[] = [
    ["a flipped character", (text) => text.replace('"n":2', '"n":3')],
    ["a cut", (text) => text.slice(0, text.length / 2)],
    ["nothing", () => ""],
    ["a commit from elsewhere", (text) => resealed(text, { firstVersion: 7 })],
    ["another actor's commit", (text) => resealed(text, { actor: [Ledger.type, "b"] })],
  ];
  for (const [what, change] of damages) {
    await ground.play(
      async (stage) => {
        await rejects(stage.ledger("a").ask.look(), (error: { data?: { causeCode?: string } }) => {
          equal([what, error.data?.causeCode], [what, "PERSISTENCE_HISTORY_DAMAGED"]);
          return true;
        });
        equal(await stage.ledger(`untouched by ${what}`).ask.add(1), 1);
      },
      tampering({ id: "a", operations: ["read", "head"], tokens: [second] }, change),
    );
  }
}

/** At every snapshot that is saved: its state is the fold of the events up to its version, and its token is theirs. */
async function agrees(ground: Ground): Promise<void> {
  const random = createSeededRandom(1);
  const below = (n: number): number => Math.floor(random.next() * n);
  const texts: string[] = [];
  const watching: Faults = ({ operation, bytes }) => {
    if (operation === "save") texts.push(Buffer.from(bytes ?? []).toString());
    return undefined;
  };
  for (let round = 0; round < 3; round++) {
    await ground.play(async (stage) => {
      for (let i = 0; i < 15; i++) {
        const turns = Array.from({ length: 1 + below(4) }, () =>
          Array.from({ length: 1 + below(3) }, () => below(1_000)),
        );
        await Promise.all(turns.map((numbers) => stage.ledger("a").ask.addAll(numbers)));
      }
    }, watching);
  }
  const commits: readonly StoredText[] = await ground.commits("a");
  const numbers = commits.flatMap(({ events }) => events.map(({ event }) => event.n));
  ok(texts.length > 3, `${texts.length} snapshots`);
  for (const text of texts) {
    const { version, state } = JSON.parse(text) as { version: number; state: LedgerState };
    equal([version, state], [version, stateOf(numbers.slice(0, version))]);
  }
}

export const recoveryCases: StoreCases = {
  "brings actors back as they were": ["E1 E19", comesBack],
  "begins with the newest snapshot": ["S4", takesTheSnapshot],
  "falls back on the older snapshot when the newest is not usable": ["S14 S15 S16 S17", fallsBack],
  "replays everything when no snapshot is usable": ["S14", replaysAll],
  "names a history whose beginning is gone with the snapshots": ["E37 E39 S19 S20", namesLoss],
  "names damaged commits, and other actors are not touched": ["E42", namesDamage],
  "saves snapshots that are the fold of the events up to them": ["S18", agrees],
};
