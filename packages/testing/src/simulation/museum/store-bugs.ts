// Bugs between the actors and the store: the fence, the outcomes, recovery, snapshots, remembered commands.
import type { Bug } from "./bug.ts";

const header = "const headers = expectedSequenceHeader(expectedSequence, ttlSeconds);";

export const storeBugs: readonly Bug[] = [
  {
    name: "no-fence",
    file: "nats/src/append.ts",
    find: header,
    replace: 'const headers = { bytes: Buffer.from("NATS/1.0\\r\\n\\r\\n"), forClient: undefined };',
  },
  {
    name: "no-fence-on-the-first-append",
    file: "nats/src/append.ts",
    find: header,
    replace: `const headers = expectedSequence === 0 ? { bytes: Buffer.alloc(0), forClient: undefined } : expectedSequenceHeader(expectedSequence, ttlSeconds);`,
  },
  {
    name: "wrong-sequence-is-a-conflict",
    file: "persistence/src/jetstream/fenced-append.ts",
    find: "const settled = await settledByLeader(link, append);",
    replace:
      'if (outcome.type === "wrong-sequence") return { type: "conflict" };\n  const settled = await settledByLeader(link, append);',
  },
  {
    name: "wrong-sequence-is-ours",
    file: "persistence/src/jetstream/fenced-append.ts",
    find: 'return Buffer.compare(next.data, bytes) === 0 ? { type: "committed", token: next.sequence } : { type: "conflict" };',
    replace: 'return { type: "committed", token: next.sequence };',
  },
  {
    name: "in-process-is-a-refusal",
    file: "nats/src/append.ts",
    find: "const isRefused = refusedCodes.has(code) ||",
    replace: "const isRefused = code === 10164 || refusedCodes.has(code) ||",
  },
  {
    name: "timeout-is-a-failure",
    file: "persistence/src/appending.ts",
    find: "if (attempt === 1) watch.onUnknown?.();",
    replace: 'return { type: "rejected", reason: "no answer" };',
  },
  {
    name: "timeout-is-a-success",
    file: "persistence/src/appending.ts",
    find: "if (attempt === 1) watch.onUnknown?.();",
    replace: 'return { type: "committed", token: after + 1 };',
  },
  {
    name: "unknown-is-a-conflict",
    file: "persistence/src/appending.ts",
    find: "if (attempt === 1) watch.onUnknown?.();",
    replace: 'return { type: "conflict" };',
  },
  {
    name: "token-is-one-too-low",
    file: "persistence/src/committer.ts",
    find: "this.#version = version;\n    this.#token = token;",
    replace: "this.#version = version;\n    this.#token = token - 1;",
  },
  {
    name: "conflict-is-swallowed",
    file: "persistence/src/committer.ts",
    find: 'cell.fenced("another writer has committed");',
    replace: "cell.durableUpTo(this.#offered);",
  },
  {
    name: "head-from-a-replica-that-is-behind",
    file: "persistence/src/jetstream/event-store.ts",
    find: "isReplicated ? link.getLastFromLeader(stream, subject) : link.getLast(stream, subject)",
    replace: "link.getLast(stream, subject)",
  },
  {
    name: "takeover-without-the-empty-commit",
    file: "persistence/src/replaying.ts",
    find: "if (recovery.isOver() || isOurs(recovery.services, recovery.key, tip)) return;",
    replace: "return;",
  },
  {
    name: "takeover-ignores-its-conflict",
    file: "persistence/src/taking-over.ts",
    find: 'if (outcome?.type !== "committed") return outcome === undefined;',
    replace: 'if (outcome?.type !== "committed") return true;',
  },
  {
    name: "last-commit-is-not-replayed",
    file: "persistence/src/replaying.ts",
    find: "if (last.token <= progress.token) {",
    replace:
      "if (progress.restoring !== undefined && last.token > progress.token) { restore(recovery, progress, true); return void (progress.token = last.token); } if (last.token <= progress.token) {",
  },
  {
    name: "remembers-no-commands",
    file: "persistence/src/remembered-commands.ts",
    find: "const { commandId: id } = envelope; if (id === undefined) return undefined;",
    replace: "return undefined; const { commandId: id } = envelope;",
  },
  {
    name: "snapshot-without-commands",
    file: "persistence/src/event-sourced-state.ts",
    find: "this.commands.restore(snapshot.commands);",
    replace: "",
  },
  {
    name: "replay-forgets-commands",
    file: "persistence/src/remembered-commands.ts",
    find: "if (turn.command === undefined) return;",
    replace: "return;",
  },
  {
    name: "replay-forgets-replies",
    file: "persistence/src/remembered-commands.ts",
    find: "outcome: outcomeText(turn.outcome) });",
    replace: "outcome: outcomeText() });",
  },
  {
    name: "answered-below-is-one-too-many",
    file: "persistence/src/remembered-sessions.ts",
    find: "if (owner.n < entry.answeredBelow) return;",
    replace: "return;",
  },
  {
    name: "snapshot-counts-one-event-too-many",
    file: "persistence/src/snapshotter.ts",
    find: "this.#captured = { version: this.#version, state,",
    replace: "this.#captured = { version: this.#version + 1, state,",
  },
  {
    name: "snapshot-before-its-commit",
    file: "persistence/src/event-sourced-state.ts",
    find: "if (this.#snapshotter.afterTurn(turn.lastVersion, turn.bytes, time)) this.#committer.cut();",
    replace:
      "if (this.#snapshotter.afterTurn(turn.lastVersion, turn.bytes, time)) this.#snapshotter.committed(turn.lastVersion, this.#committer.token + 1);",
  },
  {
    name: "thrown-turn-keeps-its-events",
    file: "persistence/src/event-sourced-state.ts",
    find: "this.#isSpoiled ||= isSpoiled;",
    replace: "if (isSpoiled) { this.version += open.count; this.#keep(open, closeTurn(open, undefined)); }",
  },
  {
    name: "second-event-of-a-commit-is-lost",
    file: "persistence/src/event-sourced-state.ts",
    find: "open.events = open.count === 0 ? entry.text : `${open.events},${entry.text}`; open.count++;",
    replace: "if (open.count === 0) { open.events = entry.text; open.count++; } else this.version--;",
  },
  {
    name: "strict-on-servers-that-flush-later",
    file: "persistence/src/jetstream/durability.ts",
    find: "if (syncAlways) return;",
    replace: "return;",
  },
  {
    name: "snapshot-of-lost-commits-is-believed",
    file: "persistence/src/replaying.ts",
    find: "if (!fits) throw new ForeignSnapshot();",
    replace: "",
  },
  {
    name: "recovery-believes-what-was-lost-since",
    file: "persistence/src/replaying.ts",
    find: "if (refusedAt !== undefined && (tip?.stored.token ?? 0) <= refusedAt) throw new HistorySetBack();",
    replace: "",
  },
  {
    name: "snapshot-of-newer-code-is-believed",
    file: "persistence/src/event-sourced-class.ts",
    find: "if (schema === this.snapshotVersion) return undefined;",
    replace: "return undefined;",
  },
  {
    name: "snapshot-of-older-code-is-taken-for-todays",
    file: "persistence/src/event-sourced-state.ts",
    find: "this.#actor.restore(snapshot.state, snapshot.schema)",
    replace: "this.#actor.restore(snapshot.state, this.#info.snapshotVersion)",
  },
];
