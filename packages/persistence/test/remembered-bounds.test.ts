// What an actor remembers of commands is bounded by bytes, since it travels in every snapshot.
import type { Envelope } from "@aether/actor";
import { describe, expect, it } from "vitest";
import { defaultHorizon } from "../src/named-commands.ts";
import { RememberedCommands } from "../src/remembered-commands.ts";
import { RememberedSessions } from "../src/remembered-sessions.ts";
import type { RememberedCommand } from "../src/command-rows.ts";

const command = (id: string, replyBytes = 10): RememberedCommand => ({
  id,
  version: 1,
  time: 0,
  digest: undefined,
  outcome: JSON.stringify({ reply: "x".repeat(replyBytes) }),
});

const base36 = (n: number): string => n.toString(36);

describe("named commands", () => {
  const recall = (commands: RememberedCommands, commandId: string) =>
    commands.recall({ commandId, answeredBelow: 0 } as Envelope, "adder/a");

  it("give up replies past their bytes, the oldest first, and no id", () => {
    const commands = new RememberedCommands({ ...defaultHorizon, maxBytes: 100_000 });
    for (let i = 0; i < 1_000; i++) commands.remember(command(`order-${i}`, 300));
    expect(recall(commands, "order-0")).toMatchObject({ error: { code: "PERSISTENCE_COMMAND_ALREADY_DONE" } });
    expect(recall(commands, "order-999")).toEqual({ type: "replied", value: "x".repeat(300) });
    const json = commands.toJson();
    expect([json.length < 100_000, json.length > 60_000]).toEqual([true, true]);
    expect(json.match(/"order-/g)?.length).toBe(1_000);
  });

  it("the newest keeps its reply, however large", () => {
    const commands = new RememberedCommands({ ...defaultHorizon, maxBytes: 100 });
    commands.remember(command("small"));
    commands.remember(command("large", 1_000));
    expect(recall(commands, "small")).toMatchObject({ type: "replied" });
    expect(recall(commands, "large")).toEqual({ type: "replied", value: "x".repeat(1_000) });
    commands.remember(command("last"));
    expect(recall(commands, "large")).toMatchObject({ error: { code: "PERSISTENCE_COMMAND_ALREADY_DONE" } });
  });

  it("an id that was used with other arguments is told so, after its reply was given up too", () => {
    const commands = new RememberedCommands({ ...defaultHorizon, maxBytes: 100 });
    commands.remember({ ...command("large", 1_000), digest: "0" });
    commands.remember(command("last"));
    const envelope = { command: "add", args: [2], commandId: "large", answeredBelow: 0 } as unknown as Envelope;
    expect(commands.recall(envelope, "adder/a")).toMatchObject({ error: { code: "PERSISTENCE_COMMAND_ID_REUSED" } });
  });
});

it.each(["order", "~s.1", "~s.1/2"])("the last part of a split command takes the place of the one before: %s", (id) => {
  const commands = new RememberedCommands({ ...defaultHorizon, maxBytes: 3_000 });
  commands.remember(command(id.startsWith("~") ? "~s.2" : "other"));
  for (let i = 0; i < 1_000; i++) commands.remember({ ...command(id, 500), version: i });
  const rows = commands.toJson();
  expect([rows.split("xxxx").length > 2, rows.length < 1_000]).toEqual([true, true]);
  expect([rows.includes('["2",') || rows.includes('"other"'), rows.includes(",999,")]).toEqual([true, true]);
});

describe("commands of sessions", () => {
  it("stay within their bytes though the session has an answer outstanding below all of them", () => {
    const sessions = new RememberedSessions(10_000);
    for (let n = 2; n <= 5_000; n++) {
      sessions.isAnswered({ session: "s", n }, 1);
      sessions.remember({ session: "s", n }, command(`~s.${base36(n)}`));
    }
    expect(sessions.toJson().length).toBeLessThan(10_500);
    expect(sessions.get({ session: "s", n: 5_000 }, `~s.${base36(5_000)}`)).toBeDefined();
  });

  it("a late copy of one that had to go is told to be too late, never done again", () => {
    const sessions = new RememberedSessions(1_000);
    for (let n = 1; n <= 100; n++) sessions.remember({ session: "s", n }, command(`~s.${base36(n)}`));
    expect(sessions.isAnswered({ session: "s", n: 1 }, 1)).toBe(true);
    expect(sessions.isAnswered({ session: "s", n: 100 }, 1)).toBe(false);
  });

  it("the session that was heard of longest ago gives way first", () => {
    const sessions = new RememberedSessions(1_500);
    for (let n = 1; n <= 8; n++) sessions.remember({ session: "old", n }, command(`~old.${base36(n)}`));
    for (let n = 1; n <= 12; n++) sessions.remember({ session: "new", n }, command(`~new.${base36(n)}`));
    expect(sessions.get({ session: "new", n: 1 }, "~new.1")).toBeDefined();
    expect(sessions.get({ session: "old", n: 1 }, "~old.1")).toBeUndefined();
  });

  it("what is answered is forgotten, and makes room", () => {
    const sessions = new RememberedSessions(1_000_000);
    for (let n = 1; n <= 100; n++) sessions.remember({ session: "s", n }, command(`~s.${base36(n)}`));
    sessions.isAnswered({ session: "s", n: 101 }, 101);
    expect(sessions.toJson()).toBe('[["s",101,[]]]');
  });

  it("give up replies before ids, so that a new command below an outstanding answer is still done", () => {
    const sessions = new RememberedSessions(100_000);
    for (let n = 2; n <= 1_000; n++) sessions.remember({ session: "s", n }, command(`~s.${base36(n)}`, 4_000));
    expect(sessions.isAnswered({ session: "s", n: 1 }, 1)).toBe(false);
    expect(sessions.get({ session: "s", n: 2 }, "~s.2")?.outcome).toBe('{"replyTooLarge":true}');
    expect(sessions.get({ session: "s", n: 1_000 }, `~s.${base36(1_000)}`)?.outcome).toContain("xxxx");
    expect(sessions.toJson().length).toBeLessThan(105_000);
  });

  it("give up the replies of what one command led to, too", () => {
    const sessions = new RememberedSessions(3_000);
    for (let i = 1; i <= 5; i++) sessions.remember({ session: "s", n: 1 }, command(`~s.1/${i}`, 1_000));
    const outcomes = [1, 2, 3, 4, 5].map((i) => sessions.get({ session: "s", n: 1 }, `~s.1/${i}`)?.outcome.length);
    expect(outcomes).toEqual([22, 22, 22, 1_012, 1_012]);
  });

  it("give up the reply of a low number that came late, in its turn", () => {
    const sessions = new RememberedSessions(3_000);
    const done = (n: number) => sessions.remember({ session: "s", n }, command(`~s.${n}`, 1_000));
    for (const n of [3, 4, 5, 6, 7, 1, 2, 8]) done(n);
    const outcomes = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => sessions.get({ session: "s", n }, `~s.${n}`)?.outcome.length);
    expect(outcomes).toEqual([22, 22, 22, 22, 22, 22, 1_012, 1_012]);
  });

  it("keep the reply of the newest though it has the lowest number", () => {
    const sessions = new RememberedSessions(2_800);
    const done = (n: number) => sessions.remember({ session: "s", n }, command(`~s.${n}`, 1_000));
    const outcomes = () => [1, 2, 3].map((n) => sessions.get({ session: "s", n }, `~s.${n}`)?.outcome.length);
    for (const n of [2, 3, 1]) done(n);
    expect(outcomes()).toEqual([1_012, 22, 1_012]);
    done(4);
    expect(outcomes()).toEqual([22, 22, 1_012]);
  });

  it("the newest keeps its reply where giving up ids is enough", () => {
    const sessions = new RememberedSessions(1_200);
    for (let n = 1; n <= 5; n++) sessions.remember({ session: "s", n }, command(`~s.${n}`));
    sessions.remember({ session: "s", n: 6 }, command("~s.6", 800));
    expect(sessions.get({ session: "s", n: 6 }, "~s.6")?.outcome.length).toBe(812);
  });

  it("a session of which nothing was done pushes none out, and takes no room", () => {
    const sessions = new RememberedSessions(262_144);
    sessions.remember({ session: "first", n: 7 }, command("~first.7"));
    for (let i = 0; i < 2_000; i++) {
      expect(sessions.isAnswered({ session: `q${i}`, n: 1 }, 1)).toBe(false);
      expect(sessions.isAnswered({ session: `q${i}`, n: 1 }, 2)).toBe(true);
    }
    expect(sessions.get({ session: "first", n: 7 }, "~first.7")).toBeDefined();
    expect(sessions.toJson().match(/\["/g)?.length).toBe(2);
  });

  it("of more than a thousand sessions those without an open command go first, the least recently heard of first", () => {
    const sessions = new RememberedSessions(262_144);
    const done = (session: string) => sessions.remember({ session, n: 1 }, command(`~${session}.1`));
    const isKnown = (session: string) => sessions.toJson().includes(`["${session}",`);
    done("open");
    for (const idle of ["idle1", "idle2"]) {
      done(idle);
      sessions.isAnswered({ session: idle, n: 2 }, 2);
    }
    for (let i = 0; i < 998; i++) done(`s${i}`);
    expect(["open", "idle1", "idle2", "s0"].map(isKnown)).toEqual([true, false, true, true]);
    done("one");
    expect(["open", "idle2", "s0"].map(isKnown)).toEqual([true, false, true]);
    done("two");
    expect(["open", "s0", "two"].map(isKnown)).toEqual([false, true, true]);
  });
});
