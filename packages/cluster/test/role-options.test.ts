// What each role is granted follows from what the code calls things; what would reach further is refused.
import { permissionsOf, type RoleOptions, roles, serverConfigOf, userClaimsOf } from "@aether/cluster/permissions";
import { expect, it } from "vitest";

const scope = { system: "bank", namespace: "prod" } as const;
const all = roles.map((role): RoleOptions => ({ ...scope, role, ...(role === "client" ? { node: "web" } : {}) }));

it.each(all)("grants $role nothing beyond the system and its namespace", (options) => {
  const { publish, subscribe } = permissionsOf(options);
  for (const subject of [...publish, ...subscribe]) {
    expect(/aether[a-z-]*-prod[._]bank(?=[._]|$)/i.test(subject), subject).toBe(true);
    expect(subject).not.toMatch(/^(>|\*|\$SYS|_INBOX|\$JS\.(>|\*)|\$JS\.API\.(>|\*))/);
  }
});

it("gives each user an inbox that no other one has", () => {
  const named = { ...scope, role: "client", node: "reader" } as const;
  const users = [
    named,
    ...all,
    { ...scope, role: "node", node: "n1" } as const,
    { ...all[0], namespace: "test" } as RoleOptions,
  ];
  const prefixes = users.map((options) => permissionsOf(options).inboxPrefix);
  expect(new Set(prefixes).size).toBe(prefixes.length);
});

it.each<[object, string]>([
  [{ role: "admin", system: "bank" }, 'role is "admin"; use one of node, client, reader, provisioner'],
  [{ role: "node", system: "" }, 'system is ""'],
  [{ role: "node", system: "bank", namespace: "a.>" }, 'namespace is "a.>"'],
  [{ role: "node", system: "bank", node: "*" }, 'node is "*"'],
  [{ role: "client", system: "bank" }, "node is undefined; use the node id of this client"],
  [{ role: "reader", system: "bank", mayTruncate: true }, 'role is "reader"; use "node"'],
  [{ role: "client", system: "bank", node: "a", mayProvision: true }, 'role is "client"; use "node"'],
  [{ role: "node", system: "bank", mayRemove: true }, 'role is "node"; use "client"'],
  [{ role: "node", system: "bank", eventStreams: 0 }, "eventStreams is 0"],
])("refuses %j", (options, message) => {
  expect(() => permissionsOf(options as RoleOptions)).toThrow(message);
});

it("cannot be talked into another system by its name", () => {
  const { publish } = permissionsOf({ role: "node", system: "bank.>" });
  expect(publish.filter((subject) => subject.includes("bank.>"))).toEqual([]);
});

it("lets a client say who is gone only where it may", () => {
  const client = { ...scope, role: "client", node: "web" } as const;
  const entries = (options: RoleOptions) =>
    permissionsOf(options).publish.filter((subject) => subject.startsWith("$KV"));
  expect(entries(client)).toEqual(["$KV.aether-nodes-prod_bank.web"]);
  expect(entries({ ...client, mayRemove: true })).toEqual(["$KV.aether-nodes-prod_bank.*"]);
});

it("quotes what it prints, and takes only names as variables", () => {
  const permissions = permissionsOf({ role: "reader", ...scope });
  const printed = serverConfigOf([{ user: 'a" }', password: "$x\n}", permissions }]);
  expect(printed).toContain('user: "a\\" }", password: "$x\\n}"');
  const env = (name: string) => () => serverConfigOf([{ user: "a", password: { env: name }, permissions }]);
  expect(env("OK_1")()).toContain("password: $OK_1");
  expect(env("X }")).toThrow('env is "X }"');
  expect(userClaimsOf(permissions)).toEqual({
    pub: { allow: permissions.publish },
    sub: { allow: permissions.subscribe },
  });
});
