// The command line: what it prints is a configuration that a server takes, and a provisioner who is given it can work.
import { permissionsOf, roles } from "@aether/cluster/permissions";
import { connectLink } from "@aether/nats";
import { startNatsServer } from "@aether/nats/server";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runCommand } from "../src/permissions/command.ts";

const scope = ["--system", "bank", "--namespace", "prod"];

it("prints users that a server takes, and provisions as one of them", async () => {
  const printed = await runCommand([
    "permissions",
    ...scope,
    "--role",
    "provisioner",
    "--role",
    "node",
    "--event-streams",
    "2",
  ]);
  const { inboxPrefix } = permissionsOf({ role: "provisioner", system: "bank", namespace: "prod" });
  expect(printed).toContain(`# bank-provisioner: inboxPrefix ${inboxPrefix}`);
  // A variable is looked up in the configuration before the environment.
  const config = `PROVISIONER_PASSWORD: s3cret\nNODE_PASSWORD: other\n${printed}`;
  await using server = await startNatsServer({ config });
  const to = ["provision", ...scope, "--replicas", "1", "--event-streams", "2"];
  const made = await runCommand([...to, "--servers", `nats://bank-provisioner:s3cret@127.0.0.1:${server.port}`]);
  expect(made.trim().split("\n")).toEqual(
    [
      "KV_aether-store-prod_bank",
      "AETHER-prod_bank_ev_0",
      "AETHER-prod_bank_ev_1",
      "AETHER-prod_bank_sn",
      "KV_aether-nodes-prod_bank",
    ].map((name) => `${name} (replicas: 1)`),
  );
}, 30_000);

it("prints all roles at once, each with a user of its own", async () => {
  const printed = await runCommand(["permissions", ...scope, "--node", "n1"]);
  const passwords = roles.map((role) => `${role.toUpperCase()}_PASSWORD: s3cret\n`).join("");
  await using server = await startNatsServer({ config: `${passwords}${printed}` });
  for (const user of ["bank-node-n1", "bank-client-n1", "bank-reader", "bank-provisioner"]) {
    const [, inboxPrefix = ""] = new RegExp(`# ${user}: inboxPrefix (.*)`).exec(printed) ?? [];
    await using link = await connectLink({ servers: server.url, connection: { user, pass: "s3cret", inboxPrefix } });
    expect(link.serverVersion).not.toBe("");
  }
}, 30_000);

it.each([
  [[], /usage:/],
  [["permissions"], /usage:/],
  [["provision", ...scope], /usage:/],
  [["permissions", ...scope, "--rule", "node"], /--rule[^]*usage:/],
  [["permissions", ...scope, "--role", "king"], /role is "king"; use one of node, client/],
  [["permissions", ...scope, "--role", "client"], /node is undefined; use the node id of this client/],
  [["permissions", "--system", "bank", "--namespace", "a.b"], /namespace is "a.b"/],
  [["permissions", ...scope, "--event-streams", "x"], /eventStreams is null; use 1, 2, 4/],
  [["permissions", ...scope, "--node", "a b"], /node is "a b"/],
])("refuses %j and says what to say", async (args, message) => {
  await expect(runCommand(args)).rejects.toThrow(message);
});

function end(...given: readonly string[]): ReturnType<typeof spawnSync> {
  const main = fileURLToPath(new URL("../src/permissions/main.ts", import.meta.url));
  const args = ["--conditions=@aether/source", "--import", "tsx", main, ...given];
  return spawnSync(process.execPath, args, { encoding: "utf8" });
}

it("prints what it can do when it is asked, and that is no failure", () => {
  expect(end("--help")).toMatchObject({ status: 0, stdout: expect.stringMatching(/^usage:/), stderr: "" });
});

it("ends with 1 and the reason", () => {
  const ended = end("nonsense");
  expect(ended).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("usage:") });
});
