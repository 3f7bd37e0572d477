// The configuration and the programs of docs/deploy.md and docs/security.md, on real servers: as they stand there, but for
// addresses and paths.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Actor, createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { permissionsOf, provision, type RoleOptions, serverConfigOf } from "@aether/cluster/permissions";
import { type NatsCluster, startNatsCluster, startNatsServer } from "@aether/nats/server";
import { persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { expect, it } from "vitest";
import { type Certificates, makeCertificates } from "../../packages/cluster/test/certificates.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const scope = { system: "bank", namespace: "prod" } as const;
const users: Readonly<Record<string, RoleOptions>> = {
  provisioner: { role: "provisioner", ...scope },
  "node-1": { role: "node", ...scope, node: "node-1" },
  "web-1": { role: "client", ...scope, node: "web-1" },
};

/** The block behind `<!-- mark -->`. */
async function block(page: string, mark: string): Promise<string> {
  const text = await readFile(join(root, "docs", page), "utf8");
  const found = new RegExp(`<!-- ${mark} -->\\n\\n\`\`\`\\w+\\n([^]*?)\`\`\``).exec(text)?.[1];
  return found ?? expect.unreachable(`${page} has no block ${mark}`);
}

const connectionOf = (user: string, caFile: string) => ({
  user,
  pass: "secret",
  inboxPrefix: permissionsOf(users[user] as RoleOptions).inboxPrefix,
  tls: { caFile },
});

/** The launcher says where to store. */
const withoutStore = (config: string): string => config.replace(/^ *store_dir:.*$/m, "");

async function startServers(certificates: Certificates): Promise<NatsCluster> {
  const page = await block("deploy.md", "server");
  const list = Object.entries(users).map(([user, options]) => ({
    user,
    password: "secret",
    permissions: permissionsOf(options),
  }));
  const { server, caFile } = certificates;
  const config = withoutStore(page)
    .replaceAll("/etc/nats/server.pem", server.certFile)
    .replaceAll("/etc/nats/server.key", server.keyFile)
    .replaceAll("/etc/nats/ca.pem", caFile)
    .replace(/^include users\.conf.*$/m, serverConfigOf(list))
    .replace("10.0.0.1:8222", "127.0.0.1:8222");
  return startNatsCluster({ config });
}

/** The program of the page as a process. @returns once it says that it is ready */
async function startNode(servers: NatsCluster, caFile: string): Promise<{ stop(): Promise<number | null> }> {
  const dir = await mkdtemp(join(root, "node_modules/.cache/aether-docs-"));
  await writeFile(join(dir, "password"), "secret\n");
  const list = (urls: readonly string[]): string => urls.map((url) => JSON.stringify(url)).join(", ");
  const program = (await block("deploy.md", "node"))
    .replace(/"tls:[^\]]*/, list(servers.urls.map((url) => url.replace("nats:", "tls:"))))
    .replace(/"http:[^\]]*/, list(servers.monitoringUrls))
    .replace("/etc/aether/password", join(dir, "password"))
    .replace("/etc/aether/ca.pem", caFile);
  await writeFile(join(dir, "node.mts"), `${program}\nconsole.log("ready");\n`);
  const args = ["--conditions=@aether/source", "--import", "tsx", join(dir, "node.mts")];
  const env = { ...process.env, NODE_NAME: "node-1" };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit") as Promise<[number | null]>;
  await Promise.race([once(child.stdout, "data"), ended.then(([code]) => expect.unreachable(`it ended with ${code}`))]);
  return {
    stop: async () => {
      child.kill("SIGTERM");
      const [code] = await ended;
      await rm(dir, { recursive: true });
      return code;
    },
  };
}

class Account extends Actor {
  static type = "account";
  deposit(_amount: number): number {
    return 0;
  }
}

it("is what a server, a provisioner, a node and a client work with", { timeout: 120_000 }, async () => {
  await using certificates = await makeCertificates();
  const { caFile } = certificates;
  await using servers = await startServers(certificates);
  const made = await provision({ servers: servers.urls, connection: connectionOf("provisioner", caFile), ...scope });
  const page = await readFile(join(root, "docs/deploy.md"), "utf8");
  for (const { stream, replicas } of made) {
    expect(page).toContain(`\`${stream}\``);
    expect(replicas).toBe(3);
  }
  const node = await startNode(servers, caFile);
  const client = cluster({
    servers: servers.urls,
    namespace: scope.namespace,
    node: "web-1",
    connection: connectionOf("web-1", caFile),
  });
  const web = await createSystem({ name: "bank", plugins: [persistence({ store: memory() }), client], log: false });
  expect(await web.ref(Account, "alice").ask.deposit(50)).toBe(50);
  expect(await node.stop()).toBe(0);
  await web.stop();
});

it("says how much memory an actor takes on the server", { timeout: 60_000 }, async () => {
  const dir = await mkdtemp(join(root, "node_modules/.cache/aether-docs-"));
  await writeFile(join(dir, "memory.mts"), (await block("deploy.md", "memory")).replace("100_000", "30_000"));
  const args = ["--conditions=@aether/source", "--import", "tsx", join(dir, "memory.mts")];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const [printed] = (await once(child.stdout, "data")) as [Buffer];
  await rm(dir, { recursive: true });
  const bytes = Number(/^(\d+) bytes/.exec(printed.toString())?.[1]);
  expect(bytes).toBeGreaterThan(50);
  expect(bytes).toBeLessThan(3_000);
});

it("shows users and accounts as they are generated", async () => {
  const permissions = permissionsOf(users["web-1"] as RoleOptions);
  expect(await block("security.md", "generated: client")).toBe(
    serverConfigOf([{ user: "web-1", password: { env: "WEB_1_PASSWORD" }, permissions }]),
  );
  const reader = permissionsOf({ role: "reader", ...scope });
  expect(await block("security.md", "generated: account")).toBe(
    serverConfigOf([{ user: "tools", password: { env: "TOOLS_PASSWORD" }, permissions: reader }], "BANK"),
  );
});

it.each(["generated: client", "generated: account", "started"])(
  "shows a configuration that a server takes: %s",
  async (mark) => {
    const page = withoutStore(await block("security.md", mark));
    // A variable is looked up in the configuration before the environment.
    const variables = [...page.matchAll(/\$([A-Z_0-9]+)\b/g)].filter(([, name]) => !/^(JS|KV)$/.test(name ?? ""));
    const config = `${variables.map(([, name]) => `${name}: secret`).join("\n")}\n${page}`;
    await using server = await startNatsServer({ config });
    expect(server.port).toBeGreaterThan(0);
  },
);
