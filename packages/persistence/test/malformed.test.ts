// Stored text whose checksum is right and whose content is not: named at once, never half a state, nobody else disturbed.
import { EventSourcedActor, type Events, noSnapshots, persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import type { Faults } from "@aether/persistence/testing";
import { expect, it } from "vitest";
import { sealJson } from "../src/checksum.ts";
import { openBank } from "./bank.ts";

class Counter extends EventSourcedActor<{ type: "counted" }> {
  static type = "counter";
  static readonly events: Events<{ type: "counted" }> = { counted: 1 };
  static readonly snapshots = noSnapshots;
  state = { n: 0 };
  apply(): void {
    this.state.n++;
  }
  count(): number {
    return this.persist({ type: "counted" }).n;
  }
}

const actor = { type: "counter", id: "a" };
const counted = { schema: 1, event: { type: "counted" } };
const commit = (firstVersion: number, parts: object = {}): Uint8Array => {
  const [events, turns] = [[counted], [{ events: 1, time: 1 }]];
  const head = { format: 1, id: "x", actor: ["counter", "a"], firstVersion, events, turns };
  return sealJson(JSON.stringify({ ...head, node: "hand", epoch: 1, time: 1, ...parts }));
};
const snapshot = (parts: object): Uint8Array => {
  const head = { format: 1, actor: ["counter", "a"], version: 1, token: 1, schema: 1, codec: "json", time: 1 };
  return sealJson(JSON.stringify({ ...head, commands: { named: [], sessions: [] }, state: { n: 100 }, ...parts }));
};

async function over(commits: readonly Uint8Array[], snapshots: readonly Uint8Array[] = [], faults?: Faults) {
  const store = memory();
  const stores = await store.open({ systemName: "bank", warn: () => undefined });
  let after = 0;
  for (const bytes of commits) {
    const outcome = await stores.events.append(actor, after, bytes);
    after = outcome.type === "committed" ? outcome.token : expect.unreachable();
  }
  for (const [i, bytes] of snapshots.entries()) await stores.snapshots.save(actor, i, bytes);
  return openBank({ actors: [Counter], store, ...(faults && { faults }) });
}

it.each<[string, object, RegExp]>([
  ["an event that is null", { events: [null] }, /event 2 has no schema version/],
  ["an event that is text", { events: ["counted"] }, /event 2 has no schema version/],
  ["an event without a schema", { events: [{ event: { type: "counted" } }] }, /event 2 has no schema version/],
  ["a schema of 0", { events: [{ ...counted, schema: 0 }] }, /event 2 has no schema version/],
  ["a schema that is text", { events: [{ ...counted, schema: "1" }] }, /event 2 has no schema version/],
  ["an event without a type", { events: [{ schema: 1, event: {} }] }, /event 2 has no type/],
  ["an event that holds null", { events: [{ schema: 1, event: null }] }, /event 2 has no type/],
  [
    "a codec and no text",
    { events: [{ ...counted, codec: "json2" }] },
    /written by codec "json2", which is not configured/,
  ],
  ["a turn that is null", { turns: [null] }, /a turn in the commit at version 2 is none/],
  [
    "a turn of -1 events",
    {
      turns: [
        { events: -1, time: 1 },
        { events: 2, time: 1 },
      ],
    },
    /a turn in the commit/,
  ],
  ["a turn without time", { turns: [{ events: 1 }] }, /a turn in the commit at version 2 is none/],
  ["a turn of too many events", { turns: [{ events: 1e15, time: 1 }] }, /event 3 is missing from its commit/],
  ["a turn too few", { turns: [] }, /has 1 events, its turns have 0/],
  ["a command that is a number", { turns: [{ events: 1, time: 1, command: 5 }] }, /a turn in the commit at version 2/],
  ["a first version that is text", { firstVersion: "2" }, /lacks its actor, first version, events or turns/],
  ["a gap", { firstVersion: 3 }, /after version 1 comes a commit that begins with 3/],
])("a commit with %s", async (_, parts, message) => {
  await using bank = await over([commit(1), commit(2, parts)]);
  const counting = bank.system.ref(Counter, "a").ask.count();
  counting.catch(() => undefined);
  await bank.time.advance(100); // a second look before a verdict
  await expect(counting).rejects.toMatchObject({
    code: "ACTOR_ACTIVATION_FAILED",
    retryable: false,
    message: expect.stringMatching(message) as string,
    data: { address: "counter/a", causeCode: expect.stringMatching(/^PERSISTENCE_/) as string },
  });
  expect(bank.of("recovery-retried")).toEqual([]);
  expect(await bank.system.ref(Counter, "b").ask.count()).toBe(1);
});

it.each([
  ["written behind the first", 1],
  ["that does not say what it follows", undefined],
  ["that says something else than a token", "0"],
])("two commits that begin with version 1, the second one %s, are a damaged history", async (_, after) => {
  await using bank = await over([commit(1, { after: 0 }), commit(1, { after })]);
  const counting = bank.system.ref(Counter, "a").ask.count();
  counting.catch(() => undefined);
  await bank.time.advance(100);
  await expect(counting).rejects.toMatchObject({
    message: expect.stringContaining("after version 1 comes a commit that begins with 1") as string,
    data: { causeCode: "PERSISTENCE_HISTORY_DAMAGED" },
  });
});

it("every commit says what it follows: those of turns, of a takeover and of a deletion", async () => {
  const store = memory();
  for (let i = 0; i < 2; i++) {
    await using bank = await openBank({ actors: [Counter], store });
    for (let n = 0; n < 2; n++) await bank.system.ref(Counter, "a").ask.count();
    if (i === 1) await bank.system.use(persistence).delete(Counter, "a");
    if (i === 1) await bank.system.ref(Counter, "a").ask.count();
  }
  const { events } = await store.open({ systemName: "bank", warn: () => undefined });
  const links: [after: number, token: number][] = [];
  const head = await events.head(actor);
  for await (const page of events.read(actor, { after: 0, upTo: head?.token ?? 0 })) {
    for (const { token, bytes } of page) {
      links.push([(JSON.parse(Buffer.from(bytes).toString()) as { after: number }).after, token]);
    }
  }
  expect(links).toHaveLength(7);
  expect(links.map(([after]) => after)).toEqual([0, ...links.slice(0, -1).map(([, token]) => token)]);
});

it("a head that proves what it follows is all that is read", async () => {
  const called: string[] = [];
  await using bank = await over([commit(1, { after: 0 })], [], ({ operation }) => void called.push(operation));
  expect(await bank.system.ref(Counter, "a").ask.count()).toBe(2);
  expect(called).not.toContain("read");
});

it.each<[string, object, RegExp]>([
  ["no state", { state: undefined }, /lacks its state or commands/],
  ["no commands", { commands: undefined }, /lacks its state or commands/],
  ["commands that are a list", { commands: [] }, /lacks its state or commands/],
  ["a command that is null", { commands: { named: [null], sessions: [] } }, /a command in it is none/],
  [
    "a command that is short",
    { commands: { named: [["order", 1, 1, null]], sessions: [] } },
    /a command in it is none/,
  ],
  [
    "a rejection that is null",
    { commands: { named: [["order", 1, 1, null, { rejection: null }]], sessions: [] } },
    /a command in it is none/,
  ],
  ["a session that is null", { commands: { named: [], sessions: [null] } }, /a command in it is none/],
  ["a mark that is no number", { commands: { named: [], sessions: [["s", "1", []]] } }, /a command in it is none/],
  [
    "a session's command that is null",
    { commands: { named: [], sessions: [["s", 1, [7]]] } },
    /a command in it is none/,
  ],
  ["a version of 1.5", { version: 1.5 }, /lacks its actor, version, token/],
  ["a version below 0", { version: -1 }, /lacks its actor, version, token/],
  ["a token below 0", { token: -1 }, /lacks its actor, version, token/],
  ["no schema", { schema: null }, /lacks its actor, version, token, schema, codec or time/],
  ["no codec", { codec: undefined }, /lacks its actor, version, token, schema, codec or time/],
  ["another format", { format: 2 }, /a snapshot has format 2, not 1/],
  ["another actor", { actor: ["counter", "b"] }, /a snapshot belongs to counter\/b/],
  ["a newer schema", { schema: 2 }, /its schema 2 is newer than this code's 1/],
  ["a codec that is unknown", { codec: "cbor", state: "AAAA" }, /written by codec "cbor", which is not configured/],
])("a snapshot with %s is passed over by name, and the events are replayed", async (_, parts, reason) => {
  await using bank = await over([commit(1), commit(2)], [snapshot(parts)]);
  expect(await bank.system.ref(Counter, "a").ask.count()).toBe(3);
  expect(bank.of("snapshot-unusable")).toMatchObject([{ reason: expect.stringMatching(reason) as string }]);
  expect(bank.of("recovery-retried")).toEqual([]);
});
