// The end of a system closes every store, whatever one of them says.
import type { OpenStores, StoreBackend } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { expect, it } from "vitest";
import { closeStores, openStores } from "../src/opening.ts";

/** A backend that notes what is closed, and fails to close what it is told to. */
function noting(name: string, closed: string[], failing: readonly string[] = []): StoreBackend {
  const note = (what: string) => async () => {
    closed.push(`${name} ${what}`);
    if (failing.includes(what)) throw new Error(`${name} ${what} does not close`);
  };
  return {
    name,
    async open(scope): Promise<OpenStores> {
      const { events, snapshots } = await memory().open(scope);
      Object.assign(events, { close: note("events") });
      Object.assign(snapshots, { close: note("snapshots") });
      return { events, snapshots, close: note("all") };
    },
  };
}

const warnings: unknown[] = [];
const host = { systemName: "bank", events: { publish: (event: unknown) => void warnings.push(event) } } as never;

it("a store that does not close keeps no other open, and the first failure is told", async () => {
  const closed: string[] = [];
  const store = noting("one", closed, ["events", "all"]);
  const snapshots = noting("two", closed, ["snapshots"]);
  const stores = await openStores({ store, snapshots }, host);
  await expect(closeStores(stores)).rejects.toThrow("one events does not close");
  const all = ["one events", "two snapshots", "one snapshots", "one all", "two events", "two all"];
  expect(closed).toEqual(all);
});

it("where the second backend does not open, the first one is closed whole, and why is told", async () => {
  const closed: string[] = [];
  const store = noting("one", closed, ["events"]);
  const snapshots: StoreBackend = { name: "two", open: () => Promise.reject(new Error("no connection")) };
  await expect(openStores({ store, snapshots }, host)).rejects.toThrow("no connection");
  expect(closed).toEqual(["one events", "one snapshots", "one all"]);
  expect(warnings).toMatchObject([{ type: "store-warning", store: "one" }]);
});
