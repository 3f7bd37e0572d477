import { jsonOnly } from "../src/codec.ts";
import { fold } from "../src/folding.ts";
import { type CommitBody, noTurns } from "../src/commit-draft.ts";
import { type Commit, decodeCommit, encodeCommit, lastVersion } from "../src/commit-format.ts";
import { TextRun } from "../src/text-run.ts";
import { defaultHorizon } from "../src/named-commands.ts";
import { RememberedCommands } from "../src/remembered-commands.ts";
import { decodeSnapshot, encodeSnapshot } from "../src/snapshot-format.ts";
import { Upcasting } from "../src/upcasting.ts";
import { sealJson } from "../src/checksum.ts";
import { expect, it } from "vitest";

const actor = { type: "account", id: "älice" };
const name = "account/=C3=A4lice";
const header = { id: "c0ffee", actor, after: 6, firstVersion: 7, node: "bank", epoch: 3, time: 1_767_225_600_000 };
const eventTexts = [
  '{"schema":1,"event":{"type":"deposited","amount":50}}',
  '{"schema":2,"event":{"type":"noted","text":"für 🦊"}}',
];
const turnText = '{"command":"order-1","digest":"00ff","outcome":{"reply":50},"events":2,"time":1767225600000}';
const body: CommitBody = { events: new TextRun(eventTexts.join(",")), turns: new TextRun(turnText) };
const golden =
  '{"format":1,"id":"c0ffee","actor":["account","älice"],"after":6,"firstVersion":7,"events":[' +
  '{"schema":1,"event":{"type":"deposited","amount":50}},{"schema":2,"event":{"type":"noted","text":"für 🦊"}}],' +
  '"turns":[{"command":"order-1","digest":"00ff","outcome":{"reply":50},"events":2,"time":1767225600000}],' +
  '"node":"bank","epoch":3,"time":1767225600000,"checksum":"7a2d46c7"}';

/** The checksums are those that Python's zlib.crc32 gives for the text before them. */
it("a commit is stored as this very text, readable with any tool", () => {
  expect(Buffer.from(encodeCommit(header, body)).toString()).toBe(golden);
});

it.each([1, 2, 70, 500, 5_000])(
  "a list of %i texts, most of it bytes before the commit, is stored as the whole one",
  (times) => {
    const events = new TextRun();
    const turns = new TextRun();
    for (let i = 0; i < times; i++) {
      for (const text of eventTexts) events.add(text);
      turns.add(turnText);
    }
    const list = (texts: readonly string[]): string => Array.from({ length: times }, () => texts.join(",")).join(",");
    const whole = golden.slice(0, golden.indexOf(',"checksum"')).replace(eventTexts.join(","), () => list(eventTexts));
    const stored = Buffer.from(encodeCommit(header, { events, turns })).toString();
    expect(stored.slice(0, stored.indexOf(',"checksum"'))).toBe(whole.replace(turnText, () => list([turnText])));
    expect(decodeCommit(Buffer.from(stored), actor, name).turns).toHaveLength(times);
  },
);

it("the text of today is read tomorrow", () => {
  const commit = decodeCommit(Buffer.from(golden), actor, name);
  expect(commit).toMatchObject({ ...header, events: [{ schema: 1 }, { schema: 2, event: { text: "für 🦊" } }] });
  expect(lastVersion(commit)).toBe(8);
});

it("an empty commit changes no version", () => {
  expect(lastVersion(decodeCommit(encodeCommit(header, noTurns), actor, name))).toBe(6);
});

const damaged = (bytes: Uint8Array) => {
  try {
    decodeCommit(bytes, actor, name);
    return "read";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

it("a flip of any bit of any byte is noticed", () => {
  const good = encodeCommit(header, body);
  for (let i = 0; i < good.length; i++) {
    for (let bit = 0; bit < 8; bit++) {
      const bad = Uint8Array.from(good);
      bad[i]! ^= 1 << bit;
      expect(`byte ${i} bit ${bit}: ${damaged(bad)}`).toBe(`byte ${i} bit ${bit}: PERSISTENCE_HISTORY_DAMAGED`);
    }
  }
});

it("every cut, and anything behind the end, is noticed", () => {
  const good = encodeCommit(header, body);
  for (let length = 0; length < good.length; length++) {
    expect(damaged(good.subarray(0, length))).toBe("PERSISTENCE_HISTORY_DAMAGED");
  }
  expect(damaged(Buffer.concat([good, Buffer.from(" ")]))).toBe("PERSISTENCE_HISTORY_DAMAGED");
  expect(damaged(good)).toBe("read");
});

it.each([
  ['{"x":1}', "format undefined"],
  ['{"format":2,"actor":["account","älice"]}', "format 2, not 1"],
  ['{"format":1,"actor":["account","bob"],"firstVersion":1,"events":[],"turns":[]}', "belongs to account/bob"],
  ['{"format":1,"actor":["other","älice"],"firstVersion":1,"events":[],"turns":[]}', "belongs to other/älice"],
  ['{"format":1}', "lacks"],
  ['{"format":1,"actor":["account","älice"],"firstVersion":1,"events":{},"turns":[]}', "lacks"],
  ['{"format":1,"actor":["account","älice"],"firstVersion":"1","events":[],"turns":[]}', "lacks"],
  ["[1]", ""],
])("well-sealed text that is no commit of this actor is named: %s", (json, reason) => {
  expect(() => decodeCommit(sealJson(json), actor, name)).toThrow(
    expect.objectContaining({
      code: "PERSISTENCE_HISTORY_DAMAGED",
      message: expect.stringContaining(reason) as string,
    }),
  );
});

it("a turn that counts other events than the commit has is named", () => {
  for (const events of [0, 1, 3]) {
    const commit = { ...decodeCommit(Buffer.from(golden), actor, name), turns: [{ events, time: 1 }] } as Commit;
    const folding = {
      name,
      upcasting: new Upcasting("Account", { events: { deposited: 1, noted: 2 }, upcasters: { noted: [String] } }),
      codecs: jsonOnly,
      commands: new RememberedCommands(defaultHorizon),
      apply: () => undefined,
    };
    expect(() => fold(folding, commit, 6)).toThrow(expect.objectContaining({ code: "PERSISTENCE_HISTORY_DAMAGED" }));
  }
});

it("a snapshot is stored as this very text, and a flip of any byte is noticed", () => {
  const snapshot = { actor, version: 7, token: 12, schema: 2, codec: "json" as const, time: 5 };
  const captured = { version: 7, state: '{"balance":50}', commands: '{"named":[],"sessions":[]}' };
  const good = encodeSnapshot(snapshot, captured);
  expect(Buffer.from(good).toString()).toBe(
    '{"format":1,"actor":["account","älice"],"version":7,"token":12,"schema":2,"codec":"json","time":5,"size":14,' +
      '"commands":{"named":[],"sessions":[]},"state":{"balance":50},"checksum":"49065bb2"}',
  );
  expect(decodeSnapshot(good, actor, name)).toMatchObject({ ...snapshot, state: { balance: 50 } });
  expect(() => decodeSnapshot(good, { type: "account", id: "bob" }, "account/bob")).toThrow("belongs to");
  for (let i = 0; i < good.length; i++) {
    const bad = Uint8Array.from(good);
    bad[i]! ^= 1;
    expect(() => decodeSnapshot(bad, actor, name)).toThrow(
      expect.objectContaining({ code: "PERSISTENCE_HISTORY_DAMAGED" }),
    );
  }
});
