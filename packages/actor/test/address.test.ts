import { ActorAddress, decodeId, encodeId } from "@aether/actor";
import * as fc from "fast-check";
import { expect, it } from "vitest";

const bytes = (id: string) => Buffer.byteLength(id);
const legalId = fc.string({ unit: "binary", minLength: 1, maxLength: 100 }).filter((id) => bytes(id) <= 200);
const refusal = (id: unknown) => {
  try {
    return new ActorAddress("t", id as string).id;
  } catch (error) {
    return error as { code: string; data: { reason: string } };
  }
};

it("every legal id round-trips through one token of safe characters", () => {
  fc.assert(
    fc.property(legalId, (id) => {
      const token = encodeId(new ActorAddress("t", id).id);
      expect(token).toMatch(/^[A-Za-z0-9_=-]+$/);
      expect(decodeId(token)).toBe(id);
    }),
    { numRuns: 1_000 },
  );
});

it("two ids never share a token", () => {
  fc.assert(fc.property(legalId, legalId, (a, b) => (encodeId(a) === encodeId(b)) === (a === b)));
});

it.each([".", "a..b", ".a", "a.", "*", ">", "a.*", " ", "\t", "a\r\nPUB x 1\r\n", "\0", "__proto__", "constructor"])(
  "takes hostile ids as they are: %j",
  (id) => {
    expect(decodeId(encodeId(new ActorAddress("t", id).id))).toBe(id);
    expect(new ActorAddress("t", id).toString()).toMatch(/^t\/[A-Za-z0-9_=-]+$/);
  },
);

it.each(["$JS.API.x", "é", "e\u0301", "=2E", "=", "🦊", "x".repeat(200), "é".repeat(100)])("takes %j", (id) => {
  expect(decodeId(encodeId(new ActorAddress("t", id).id))).toBe(id);
});

it("keeps twins apart that only look the same", () => {
  expect(encodeId("é".normalize("NFC"))).not.toBe(encodeId("é".normalize("NFD")));
  expect(encodeId(".")).not.toBe(encodeId("=2E"));
});

it.each([
  ["", "it is empty"],
  ["x".repeat(201), "it has 201 bytes in UTF-8, at most 200 are allowed"],
  ["é".repeat(101), "it has 202 bytes in UTF-8, at most 200 are allowed"],
  ["x".repeat(5_000), "it has 5000 bytes in UTF-8, at most 200 are allowed"],
  ["a\uD800", "it holds half of a surrogate pair"],
  ["\uDC00\uD800", "it holds half of a surrogate pair"],
  [undefined, "an id is a string"],
  [5, "an id is a string"],
])("refuses an id with the reason: %j", (id, reason) => {
  expect(refusal(id)).toMatchObject({ code: "ACTOR_INVALID_ID", data: { reason } });
});

it("decodes no token that encoding never makes", () => {
  for (const token of ["", "=", "=2", "=2e", "=41", "=FF", "a.b", "é", "=ED=A0=80", "Ł"]) {
    expect(() => decodeId(token)).toThrow(expect.objectContaining({ code: "ACTOR_INVALID_ID" }));
  }
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), (token) => {
      let id: string;
      try {
        id = decodeId(token);
      } catch {
        return;
      }
      expect(encodeId(id)).toBe(token);
    }),
  );
});
