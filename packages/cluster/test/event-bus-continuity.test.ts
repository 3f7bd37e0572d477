// What a subscription knows of commits that it should have been told, and what it had to forget.
import { expect, it } from "vitest";
import { Continuity } from "../src/bus/continuity.ts";

const commit = (id: string, position: number) => ({ actor: { type: "t", id }, position, bytes: new Uint8Array() });

it("misses commits between two of an actor, and between the beginning and its first", () => {
  const continuity = new Continuity(10);
  expect(continuity.missingBefore(commit("x", 20), 5)).toBeUndefined();
  expect(continuity.missingBefore(commit("x", 30), 20)).toBeUndefined();
  expect(continuity.missingBefore(commit("x", 40), 35)).toBe(30);
  expect(continuity.missingBefore(commit("y", 41), 12)).toBe(10);
  expect(continuity.missingBefore(commit("y", 42), 41)).toBeUndefined();
});

it("misses nothing before the first commit of an actor where it begins with what is kept", () => {
  const continuity = new Continuity(Number.POSITIVE_INFINITY);
  expect(continuity.missingBefore(commit("x", 20), 5)).toBeUndefined();
  expect(continuity.missingBefore(commit("x", 40), 35)).toBe(20);
});

it("says nothing of actors that it may have forgotten, and still of those that it knows", () => {
  const continuity = new Continuity(0);
  for (let i = 1; i <= 30_000; i++) expect(continuity.missingBefore(commit(`a${i}`, i), 0)).toBeUndefined();
  expect(continuity.missingBefore(commit("a1", 30_001), 20_000)).toBeUndefined();
  expect(continuity.missingBefore(commit("a29999", 30_002), 29_999)).toBeUndefined();
  expect(continuity.missingBefore(commit("a30000", 30_004), 30_003)).toBe(30_000);
});
