// Stored bytes as a broken disk or a stranger leaves them: whatever comes back is the whole truth or an error with a name,
// never a part of a state; nobody else is disturbed. And options as nobody would write them.
import { AetherError } from "@aether/actor";
import { EventSourcedActor, type Events, everyNEvents, persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { openJson, sealJson } from "../src/checksum.ts";
import { openBank } from "./bank.ts";

type Added = { readonly type: "added"; readonly n: number };

class Sum extends EventSourcedActor<Added> {
  static type = "sum";
  static readonly events: Events<Added> = { added: 1 };
  static readonly snapshots = everyNEvents(4);
  state = { sum: 0, n: 0 };
  apply(event: Added): void {
    this.state.sum += event.n;
    this.state.n += 1;
  }
  add(n: number): number {
    return this.persist({ type: "added", n }).sum;
  }
  look(): unknown {
    return this.state;
  }
}

const whole = { sum: 15, n: 6 };

/** Six events of two actors, and the snapshots that came of them. */
async function stored(): Promise<ReturnType<typeof memory>> {
  const store = memory();
  await using bank = await openBank({ actors: [Sum], store });
  for (const id of ["a", "b"]) for (let n = 0; n < 6; n++) await bank.system.ref(Sum, id).ask.add(n);
  return store;
}

type Change = (bytes: Buffer) => Buffer | undefined;

/** What the actor says when its `n`th stored thing comes back changed, as long as the process lives. */
async function lookWith(at: { operation: "read" | "head" | "load"; n: number }, change: Change): Promise<unknown> {
  let seen = 0;
  await using bank = await openBank({
    actors: [Sum],
    store: await stored(),
    faults: ({ operation, actor }) => {
      if (operation !== at.operation || actor.id !== "a") return undefined;
      const corrupt = (one: { token: number; bytes: Uint8Array }): { token: number; bytes: Uint8Array } | undefined => {
        if (++seen !== at.n) return one;
        const bytes = change(Buffer.from(one.bytes));
        return bytes && { ...one, bytes };
      };
      return { type: "corrupt", change: corrupt };
    },
  });
  const { ask } = bank.system.ref(Sum, "a");
  const answer = await ask.look().catch((error: unknown) => error);
  expect(await bank.system.ref(Sum, "b").ask.look()).toEqual(whole);
  return answer;
}

function expectTruth(answer: unknown): void {
  if (!(answer instanceof AetherError)) {
    expect(answer).toEqual(whole);
    return;
  }
  expect(answer.code).toMatch(/^(PERSISTENCE|ACTOR)_[A-Z_]+$/);
  expect(["ACTOR_FAILED", "ACTOR_ASK_TIMEOUT"]).not.toContain(answer.code);
}

const place = fc.record({
  operation: fc.constantFrom("read", "head", "load"),
  n: fc.integer({ min: 1, max: 3 }),
});

it("says the whole truth or a name, whatever bits flip or are cut off", async () => {
  const damage = fc.oneof(
    fc
      .record({ at: fc.double({ min: 0, max: 1, noNaN: true }), bit: fc.integer({ min: 0, max: 7 }) })
      .map(({ at, bit }): Change => (bytes) => {
        const i = Math.min(bytes.length - 1, Math.floor(at * bytes.length));
        bytes.writeUInt8(bytes.readUInt8(i) ^ (1 << bit), i);
        return bytes;
      }),
    fc.double({ min: 0, max: 1, noNaN: true }).map(
      (share): Change =>
        (bytes) =>
          bytes.subarray(0, share * bytes.length),
    ),
    fc.uint8Array({ maxLength: 200 }).map(
      (noise): Change =>
        () =>
          Buffer.from(noise),
    ),
    fc.constant<Change>(() => undefined),
  );
  await fc.assert(
    fc.asyncProperty(place, damage, async (at, change) => expectTruth(await lookWith(at, change))),
    { numRuns: 150 },
  );
});

it("goes by the head that it read again: one that was read too early hides no events behind the snapshot", async () => {
  expect(await lookWith({ operation: "head", n: 1 }, () => undefined)).toEqual(whole);
});

/** What nobody can check: it is the user's, or for people. */
const theirs = ["state", "time", "node", "epoch", "id"];

it("trusts no field because the checksum is right", async () => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(-1, 2 ** 53, 1e300, "", null, [], {}, [[]], "__proto__"),
  );
  const rewritten = fc.tuple(fc.nat(), value).map(([pick, put]): Change => (bytes) => {
    const fields = { ...(openJson(bytes) as Record<string, unknown>) };
    delete fields["checksum"];
    const names = Object.keys(fields).filter((name) => !theirs.includes(name));
    fields[names[pick % names.length] ?? ""] = put;
    return Buffer.from(sealJson(JSON.stringify(fields)));
  });
  await fc.assert(
    fc.asyncProperty(place, rewritten, async (at, change) => {
      const answer = await lookWith(at, change);
      if (answer instanceof AetherError) expectTruth(answer);
      else expect(Object.keys(answer as object)).toEqual(["sum", "n"]); // a forger who knows the checksum may write history
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    }),
    { numRuns: 150 },
  );
});

it("refuses options that are none, with a TypeError or a RangeError that names them", () => {
  const names = [
    "maxRecoveries",
    "permitWithinMs",
    "recoverWithinMs",
    "maxWaitingTurns",
    "maxWaitingBytes",
    "retention",
  ];
  const options = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), fc.anything());
  fc.assert(
    fc.property(options, (given) => {
      try {
        persistence({ store: memory(), ...given });
      } catch (error) {
        expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
        expect((error as Error).message).toMatch(/^persistence/);
      }
    }),
  );
});
