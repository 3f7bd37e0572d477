// The contract of `MemberTable` as cases: compare-and-set, revisions that order everything, and watches in that order.
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { MemberTable, TableEntry } from "../contracts/member-table.ts";
import type { NodeRecord } from "../contracts/node.ts";
import { eventually } from "./eventually.ts";
import { bindCases, type SuiteCase, type SuiteOptions, type SuitePlace } from "./suite-case.ts";

/**
 * The cases that a member table has to pass.
 * @example for (const { name, run } of memberTableSuite({ place })) it(name, run);
 */
export function memberTableSuite(options: SuiteOptions): SuiteCase[] {
  return bindCases(options, { ...writeCases, ...watchCases });
}

const writeCases = {
  "has no entry for a node that never joined": async (place: SuitePlace) => {
    const { table } = await place.open("a");
    strictEqual(await table.read("a"), undefined);
  },
  "gives back what was written, with the revision that the write answered": async (place: SuitePlace) => {
    const { table } = await place.open("a");
    const record = recordOf("a", { weight: 2.5, types: ["x", "y"], state: "draining", epoch: 7 });
    const revision = await written(table, record, 0);
    ok(revision > 0);
    deepStrictEqual(await table.read("a"), { record, revision });
  },
  "says the revision of the last change, whichever node it concerns": async (place: SuitePlace) => {
    const [a, b] = [await place.open("a"), await place.open("b")];
    strictEqual(await a.table.newest(), 0);
    await written(a.table, recordOf("a"), 0);
    const other = await written(b.table, recordOf("b"), 0);
    strictEqual(await a.table.newest(), other);
    strictEqual(await a.table.write(recordOf("b", { weight: 9 }), 0), undefined);
    strictEqual(await a.table.newest(), other);
    const left = await written(b.table, recordOf("b", { state: "left" }), other);
    strictEqual(await a.table.newest(), left);
  },
  "refuses a write that expects no entry where there is one": async (place: SuitePlace) => {
    const { table } = await place.open("a");
    const revision = await written(table, recordOf("a"), 0);
    strictEqual(await table.write(recordOf("a", { weight: 9 }), 0), undefined);
    deepStrictEqual(await table.read("a"), { record: recordOf("a"), revision });
  },
  "refuses a write that expects an older revision, and takes the one that knows the present one": async (
    place: SuitePlace,
  ) => {
    const { table } = await place.open("a");
    const first = await written(table, recordOf("a"), 0);
    const second = await written(table, recordOf("a", { state: "draining" }), first);
    strictEqual(await table.write(recordOf("a", { state: "left" }), first), undefined);
    await written(table, recordOf("a", { state: "left" }), second);
    strictEqual((await table.read("a"))?.record.state, "left");
  },
  "refuses a write that expects an entry where there is none": async (place: SuitePlace) => {
    const { table } = await place.open("a");
    const revision = await written(table, recordOf("a"), 0);
    strictEqual(await table.write(recordOf("b"), revision), undefined);
    strictEqual(await table.read("b"), undefined);
  },
  "lets exactly one of two racing writers win, from the first entry on": async (place: SuitePlace) => {
    const [a, b] = [await place.open("a"), await place.open("b")];
    let revision = 0;
    for (let round = 1; round <= 20; round++) {
      const answers = await Promise.all([
        a.table.write(recordOf("n", { weight: round }), revision),
        b.table.write(recordOf("n", { weight: -round }), revision),
      ]);
      const won = answers.filter((answer) => answer !== undefined);
      strictEqual(won.length, 1);
      ok((won[0] as number) > revision);
      revision = won[0] as number;
      const winner = answers[0] === undefined ? -round : round;
      strictEqual((await a.table.read("n"))?.record.weight, winner);
    }
  },
  "lets exactly one of two racing writers win that write the same": async (place: SuitePlace) => {
    const [a, b] = [await place.open("a"), await place.open("b")];
    let revision = 0;
    for (let round = 1; round <= 20; round++) {
      const writes = [a, b].map(({ table }) => table.write(recordOf("n", { weight: round }), revision));
      const won = (await Promise.all(writes)).filter((answer) => answer !== undefined);
      strictEqual(won.length, 1);
      revision = won[0] as number;
    }
  },
  "counts revisions over all nodes": async (place: SuitePlace) => {
    const { table } = await place.open("a");
    const revisions = [
      await written(table, recordOf("a"), 0),
      await written(table, recordOf("b"), 0),
      await written(table, recordOf("c"), 0),
    ];
    revisions.push(await written(table, recordOf("a", { state: "left" }), revisions[0] as number));
    deepStrictEqual(
      revisions,
      revisions.toSorted((x, y) => x - y),
    );
    strictEqual(new Set(revisions).size, 4);
  },
  "shows each node what the others wrote": async (place: SuitePlace) => {
    const [a, b] = [await place.open("a"), await place.open("b")];
    const revision = await written(a.table, recordOf("a"), 0);
    deepStrictEqual(await b.table.read("a"), { record: recordOf("a"), revision });
  },
  "throws while it cannot be reached, and has not forgotten anything afterwards": async (place: SuitePlace) => {
    const [a, b] = [await place.open("a"), await place.open("b")];
    const revision = await written(a.table, recordOf("a"), 0);
    await place.cut("b");
    await rejects(b.table.read("a"));
    await rejects(b.table.write(recordOf("a", { state: "removed" }), revision));
    await place.heal("b");
    ok(["up", "removed"].includes((await b.table.read("a"))?.record.state ?? "")); // a throw says nothing
  },
};

const watchCases = {
  "tells a watcher first what is there, then each change, in order of revision": async (place: SuitePlace) => {
    const [a, b] = [await place.open("a"), await place.open("b")];
    const [one, two] = [await written(a.table, recordOf("one"), 0), await written(a.table, recordOf("two"), 0)];
    const seen = await follow(b.table);
    await eventually(() => seen.map(({ revision }) => revision), [one, two]);
    const three = await written(b.table, recordOf("three"), 0);
    const left = await written(a.table, recordOf("one", { state: "left" }), one);
    await eventually(() => seen.map(({ revision }) => revision), [one, two, three, left]);
    deepStrictEqual(seen.at(-1), { record: recordOf("one", { state: "left" }), revision: left });
  },
  "has told all that was there when the watch has begun": async (place: SuitePlace) => {
    const [a, b] = [await place.open("a"), await place.open("b")];
    const revisions = [];
    for (const node of ["x", "y", "z"]) revisions.push(await written(a.table, recordOf(node), 0));
    const seen: number[] = [];
    await b.table.watch(({ revision }) => void seen.push(revision));
    deepStrictEqual(seen, revisions);
    await (await place.open("c")).table.watch(() => undefined);
  },
  "tells a watcher nothing more once the watch has ended, and the others all": async (place: SuitePlace) => {
    const { table } = await place.open("a");
    const ended: TableEntry[] = [];
    const stop = await table.watch((entry) => void ended.push(entry));
    const seen = await follow(table);
    stop();
    stop();
    const revision = await written(table, recordOf("n"), 0);
    await eventually(() => seen.map((entry) => entry.revision), [revision]);
    deepStrictEqual(ended, []);
    const again = await follow(table);
    await eventually(() => again.map((entry) => entry.revision), [revision]);
  },
  "tells a watcher of what was there only as it is now": async (place: SuitePlace) => {
    const { table } = await place.open("a");
    const first = await written(table, recordOf("n"), 0);
    const second = await written(table, recordOf("n", { state: "removed" }), first);
    const seen = await follow(table);
    await eventually(() => seen, [{ record: recordOf("n", { state: "removed" }), revision: second }]);
  },
  "tells two watchers the same": async (place: SuitePlace) => {
    const [a, b] = [await place.open("same"), await place.open("same")];
    const [seenByA, seenByB] = [await follow(a.table), await follow(b.table)];
    const revision = await written(a.table, recordOf("n"), 0);
    const expected = [{ record: recordOf("n"), revision }];
    await eventually(() => [seenByA, seenByB], [expected, expected]);
  },
  "tells a watcher what it missed while it was cut off": async (place: SuitePlace) => {
    const [a, b] = [await place.open("a"), await place.open("b")];
    const seen = await follow(b.table);
    await place.cut("b");
    const revision = await written(a.table, recordOf("n"), 0);
    await place.heal("b");
    await eventually(() => seen.at(-1)?.revision, revision);
  },
};

function recordOf(node: string, rest: Partial<NodeRecord> = {}): NodeRecord {
  return { node, epoch: 0, state: "up", weight: 1, types: [], time: 1_000, ...rest };
}

async function written(table: MemberTable, record: NodeRecord, expectedRevision: number): Promise<number> {
  const revision = await table.write(record, expectedRevision);
  ok(revision !== undefined, `the write of "${record.node}" behind ${expectedRevision} lost a race against nobody`);
  return revision;
}

async function follow(table: MemberTable): Promise<TableEntry[]> {
  const seen: TableEntry[] = [];
  await table.watch((entry) => void seen.push(entry));
  return seen;
}
