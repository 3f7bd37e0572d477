// Where a stream is said to end, by leaders that may have been replaced.
import { createVirtualTime } from "@aether/actor/testing";
import { expect, it } from "vitest";
import { StreamEnd } from "../src/jetstream/stream-end.ts";

const former = 11_000;
const longer = 13_000;

it("does not believe an older end as long as a former leader may show it", async () => {
  const time = createVirtualTime();
  const end = new StreamEnd(time.clock);
  expect(end.believes(100, 3)).toBe(true);
  expect(end.believes(90, 3)).toBe(false);
  await time.advance(former);
  expect(end.believes(90, 3)).toBe(false);
  expect(end.believes(101, 3)).toBe(true); // the new leader has answered
  await time.advance(longer);
  expect(end.believes(100, 3)).toBe(false);
});

it("believes that a stream was set back in the end, and at once where there is one replica", async () => {
  const time = createVirtualTime();
  const end = new StreamEnd(time.clock);
  end.saw(100);
  expect(end.believes(90, 3)).toBe(false);
  await time.advance(longer);
  expect(end.believes(90, 3)).toBe(true);
  expect(end.believes(91, 3)).toBe(true);
  expect(end.believes(80, 1)).toBe(true);
});
