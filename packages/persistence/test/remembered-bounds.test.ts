// What an actor remembers of commands is bounded by bytes, since it travels in every snapshot.
import { describe, expect, it } from "vitest";
import { defaultHorizon, RememberedCommands } from "../src/remembered-commands.ts";
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
  it("stay within their bytes, the oldest go first, however young they are", () => {
    const commands = new RememberedCommands({ ...defaultHorizon, maxBytes: 10_000 });
    for (let i = 0; i < 1_000; i++) commands.remember(command(`order-${i}`, 300));
    const json = commands.toJson();
    expect(json.length).toBeLessThan(10_500);
    expect(json.length).toBeGreaterThan(8_000);
    expect([json.includes('"order-999"'), json.includes('"order-0"')]).toEqual([true, false]);
  });

  it("one that is larger than all that may be kept is kept alone", () => {
    const commands = new RememberedCommands({ ...defaultHorizon, maxBytes: 100 });
    commands.remember(command("small"));
    commands.remember(command("large", 1_000));
    expect([commands.toJson().includes("small"), commands.toJson().includes("large")]).toEqual([false, true]);
  });
});

it.each(["order", "~s.1", "~s.1/2"])("the last part of a split command takes the place of the one before: %s", (id) => {
  const commands = new RememberedCommands({ ...defaultHorizon, maxBytes: 3_000 });
  commands.remember(command(id.startsWith("~") ? "~s.2" : "other"));
  for (let i = 0; i < 1_000; i++) commands.remember({ ...command(id, 500), version: i });
  const rows = commands.toJson();
  expect([rows.split("xxxx").length > 2, rows.length < 1_000]).toEqual([true, true]);
  expect([rows.includes('"~s.2"') || rows.includes('"other"'), rows.includes(",999,")]).toEqual([true, true]);
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
});
