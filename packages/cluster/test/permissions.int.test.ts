// The matrix role × operation on a real server: what a role needs is allowed, everything else is refused with an error
// that says so. What is expected stands in docs/security.md, for people.
import { provision, roles } from "@aether/cluster/permissions";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { operations } from "./operations.ts";
import { connectAs, namespace, system, usersConfig } from "./users.ts";

let server: NatsServer;

beforeAll(async () => {
  server = await startNatsServer({ config: usersConfig() });
  const connection = { user: "admin", pass: "secret" };
  await provision({ servers: server.url, connection, system, namespace, replicas: 1 });
  await provision({ servers: server.url, connection, system, namespace: "other", replicas: 1 });
});
afterAll(() => server.stop());

/** `operation | yes or no for each role`. */
type Matrix = ReadonlyMap<string, readonly string[]>;

async function actualMatrix(): Promise<Matrix> {
  const rows = new Map<string, string[]>(operations.map(({ name }) => [name, []]));
  for (const role of roles) {
    await using user = await connectAs(server, role);
    for (const operation of operations) {
      // What an earlier operation destroyed is made again.
      if (operation.destroys) {
        const connection = { user: "admin", pass: "secret" };
        await provision({ servers: server.url, connection, system, namespace, replicas: 1 });
      }
      rows.get(operation.name)?.push(await user.attempt(operation));
    }
  }
  return rows;
}

async function expectedMatrix(): Promise<Matrix> {
  const text = await readFile(new URL("../../../docs/security.md", import.meta.url), "utf8");
  const [, table = ""] = /<!-- matrix -->\n\n([^]*?)\n\n/.exec(text) ?? [];
  const lines = table.split("\n").map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const [heading = [], , ...rows] = lines;
  expect(heading.slice(1)).toEqual(roles);
  return new Map(rows.map(([name = "", ...cells]) => [name, cells]));
}

function text(matrix: Matrix): string {
  const cell = (value: string): string => value.padEnd(12);
  const head = ["operation".padEnd(44), ...roles.map(cell)].join("");
  return [head, ...[...matrix].map(([name, cells]) => [name.padEnd(44), ...cells.map(cell)].join(""))].join("\n");
}

it("allows each role what it needs, and refuses the rest with an error that says so", async () => {
  const actual = await actualMatrix();
  process.stdout.write(`${text(actual)}\n`);
  expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(await expectedMatrix()));
}, 60_000);
