// Every way in that NATS has, on real servers, and every way in which it does not work: known at once, on one line that
// says where and what to do, without the secret in it.
import { type ActorSystem, createSystem, type SystemEvent } from "@aether/actor";
import { cluster, type ClusterOptions } from "@aether/cluster";
import { permissionsOf, provision, serverConfigOf } from "@aether/cluster/permissions";
import { connectLink, credsAuthenticator, type LinkError, nkeyAuthenticator } from "@aether/nats";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { createUser } from "@nats-io/nkeys";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { Counter } from "./harness.ts";
import { makeOperator, type Operator } from "./operator.ts";

const canary = "cAnArY-5ecret";
const role = { role: "node", system: "bank", node: "n1", mayProvision: true } as const;
const permissions = permissionsOf(role);
const { inboxPrefix } = permissions;
let certificates: Certificates;
let operator: Operator;
let server: NatsServer | undefined;
let system: ActorSystem | undefined;

beforeAll(async () => {
  certificates = await makeCertificates();
  operator = await makeOperator();
});
afterAll(async () => {
  await certificates[Symbol.asyncDispose]();
  expect(said.length).toBeGreaterThan(0);
  expect(inspect(said, { depth: 20, maxArrayLength: null })).not.toContain(canary);
});
afterEach(async () => {
  await system?.stop();
  await server?.stop();
  [system, server] = [undefined, undefined];
});

/** Everything that would be logged. */
const said: unknown[] = [];
const listening = {
  name: "listening",
  install: (host: { events: ActorSystem["events"] }) => void host.events.subscribe((event) => void said.push(event)),
};
process.on("warning", (warning) => said.push(warning));

async function node(servers: string, connection: ClusterOptions["connection"]): Promise<number> {
  const own = { inboxPrefix, ...connection };
  system = await createSystem({
    name: "bank",
    actors: [Counter],
    plugins: [listening, cluster({ servers, node: "n1", connection: own })],
    log: false,
  });
  return system.ref(Counter, "1").ask.count(1);
}

const user = serverConfigOf([{ user: "n1", password: canary, permissions }]);

it("takes a user with a password, also out of the URL", async () => {
  server = await startNatsServer({ config: user });
  expect(await node(server.url, { user: "n1", pass: canary })).toBe(1);
  await system?.stop();
  expect(await node(`nats://n1:${canary}@127.0.0.1:${server.port}`, {})).toBe(2);
});

it("takes a token", async () => {
  server = await startNatsServer({ config: `authorization { token: "${canary}" }` });
  expect(await node(server.url, { token: canary })).toBe(1);
  await system?.stop();
  expect(await node(`nats://${canary}@127.0.0.1:${server.port}`, {})).toBe(2);
});

it("takes an nkey", async () => {
  const key = createUser();
  server = await startNatsServer({ config: serverConfigOf([{ nkey: key.getPublicKey(), permissions }]) });
  expect(await node(server.url, { authenticator: nkeyAuthenticator(key.getSeed()) })).toBe(1);
});

it("takes a token that an account has signed, with the permissions of the role in it", async () => {
  server = await startNatsServer({ config: operator.serverConfig });
  const authenticator = credsAuthenticator(await operator.creds(role));
  expect(await node(server.url, { authenticator })).toBe(1);
  const reader = { role: "reader", system: "bank" } as const;
  await expect(
    provision({
      servers: server.url,
      system: "other",
      connection: {
        authenticator: credsAuthenticator(await operator.creds(reader)),
        inboxPrefix: permissionsOf(reader).inboxPrefix,
      },
    }),
  ).rejects.toMatchObject({ code: "PERSISTENCE_STORE_ACCESS_DENIED" });
});

it("takes TLS, with the server's certificate checked, and one of its own", async () => {
  server = await startNatsServer({ config: `${user}\n${certificates.serverConfig(false)}` });
  const { ca, caFile, client } = certificates;
  expect(await node(server.url, { user: "n1", pass: canary, tls: { ca } })).toBe(1);
  await system?.stop();
  await server.stop();
  server = await startNatsServer({ config: `${user}\n${certificates.serverConfig(true)}` });
  expect(await node(server.url, { user: "n1", pass: canary, tls: { caFile, ...client } })).toBe(1);
});

/** Every piece of what the server says comes so much later. */
async function slowProxy(port: number, delayMs: number): Promise<Server> {
  const proxy = createServer((client) => {
    const server = connect({ host: "127.0.0.1", port });
    for (const socket of [client, server]) socket.on("error", () => {});
    client.pipe(server);
    server.on("data", (chunk) => void setTimeout(() => client.write(chunk), delayMs));
    client.on("close", () => server.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return proxy;
}

it("takes its time for a TLS handshake over a slow line, and more when it is given more", async () => {
  server = await startNatsServer({ config: `${user}\n${certificates.serverConfig(false)}` });
  const connection = { user: "n1", pass: canary, tls: { ca: certificates.ca }, inboxPrefix };
  const dialsUntilConnected = async (delayMs: number, timeout: object): Promise<number> => {
    const proxy = await slowProxy(server?.port as number, delayMs);
    let dials = 0;
    proxy.on("connection", () => dials++);
    const { port } = proxy.address() as AddressInfo;
    const servers = `nats://127.0.0.1:${port}`;
    try {
      await using link = await connectLink({ servers, connection: { ...connection, ...timeout } });
      expect(link.isConnected).toBe(true);
      return dials;
    } finally {
      proxy.close();
    }
  };
  expect(await dialsUntilConnected(300, {})).toBe(1); // each waits for three answers and more
  expect(await dialsUntilConnected(800, { timeout: 4_500 })).toBe(1);
});

type Wrong = readonly [what: string, config: () => string, connection: () => Promise<object>, says: RegExp];
const wrong: readonly Wrong[] = [
  ["a wrong password", () => user, async () => ({ user: "n1", pass: `${canary}x` }), /credentials.*`connection`/],
  ["no credentials", () => user, async () => ({}), /credentials.*`connection`/],
  [
    "a wrong token",
    () => 'authorization { token: "right" }',
    async () => ({ token: canary }),
    /credentials.*`connection`/,
  ],
  [
    "a token that has expired",
    () => operator.serverConfig,
    async () => ({ authenticator: credsAuthenticator(await operator.creds(role, -5)) }),
    /expired.*`connection`/,
  ],
  [
    "an nkey that it does not know",
    () => user,
    async () => ({ authenticator: nkeyAuthenticator(createUser().getSeed()) }),
    /credentials.*`connection`/,
  ],
  [
    "a certificate of a stranger",
    () => `${user}\n${certificates.serverConfig(false)}`,
    async () => ({ user: "n1", pass: canary, tls: { ca: certificates.strangerCa } }),
    /certificate is not trusted.*`connection.tls.ca`/,
  ],
  [
    "no certificate where one is demanded",
    () => `${user}\n${certificates.serverConfig(true)}`,
    async () => ({ user: "n1", pass: canary, tls: { ca: certificates.ca } }),
    /certFile and keyFile in `connection.tls`/,
  ],
  [
    "a file that is not there",
    () => `${user}\n${certificates.serverConfig(true)}`,
    async () => ({ user: "n1", pass: canary, tls: { caFile: "/no/ca.pem" } }),
    /ca.pem doesn't exist.*`connection.tls`/,
  ],
  [
    "TLS that the server does not speak",
    () => user,
    async () => ({ user: "n1", pass: canary, tls: { ca: certificates.ca } }),
    /`tls` block/,
  ],
  [
    "an inbox that is not its own",
    () => user,
    async () => ({ user: "n1", pass: canary, inboxPrefix: "_INBOX" }),
    /_INBOX.*`connection.inboxPrefix`/,
  ],
];

it.each(wrong)(
  "is refused with %s, in time, and says where and how to correct it",
  async (_what, config, made, says) => {
    server = await startNatsServer({ config: config() });
    const connection = await made();
    const began = performance.now();
    const error: unknown = await node(server.url, connection).catch((thrown: unknown) => thrown);
    expect(performance.now() - began).toBeLessThan(10_000);
    const { message } = (error as { cause: Error }).cause ?? (error as Error);
    expect(message).toMatch(says);
    expect(message).not.toContain("\n");
    expect(message).toContain(message.includes("inbox") ? inboxOf(connection) : `127.0.0.1:${server.port}`);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(canary);
  },
);

const inboxOf = (connection: object): string => (connection as { inboxPrefix: string }).inboxPrefix;

it("says nothing of a password in a URL when nobody is there", async () => {
  const error: unknown = await connectLink({
    servers: [`nats://u:${canary}@127.0.0.1:1`],
    connectTimeoutMs: 100,
  }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "NATS_UNREACHABLE", message: expect.stringContaining("127.0.0.1:1") });
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(canary);
});

it("refuses two identities for one connection, without naming them", async () => {
  const two = [`nats://a:${canary}@127.0.0.1:1`, "nats://b:c@127.0.0.1:2"];
  const error: unknown = await connectLink({ servers: two }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TypeError);
  expect(String(error)).not.toContain(canary);
});

it("tells of credentials that expire while it runs, and comes back with new ones", async () => {
  server = await startNatsServer({ config: operator.serverConfig });
  let creds = await operator.creds(role, 2);
  let dials = 0;
  const problems: unknown[] = [];
  const expired = new Promise<void>((resolve) => {
    const watch = {
      name: "watch",
      install: (host: { events: ActorSystem["events"] }) =>
        void host.events.subscribe((event: SystemEvent) => {
          if (event.type !== "cluster-problem") return;
          problems.push(event.error);
          if ((event.error as LinkError).code === "NATS_CREDENTIALS_EXPIRED") resolve();
        }),
    };
    const authenticator = (nonce?: string) => {
      dials++;
      return credsAuthenticator(creds)(nonce);
    };
    const member = cluster({ servers: server?.url ?? "", node: "n1", connection: { authenticator, inboxPrefix } });
    void createSystem({ name: "bank", actors: [Counter], plugins: [listening, watch, member], log: false }).then(
      (made) => {
        system = made;
      },
    );
  });
  const fresh = await operator.creds(role);
  await expired;
  // Within the second of the expiry the server may let it in and out again, which is news; that it is refused is none.
  const news = (): number => problems.filter((one) => (one as LinkError).code.startsWith("NATS_")).length;
  let [known, since] = [news(), dials];
  const refusedInSilence = (): number => {
    if (news() !== known) [known, since] = [news(), dials];
    return dials - since;
  };
  await expect.poll(refusedInSilence, { timeout: 10_000 }).toBeGreaterThan(4);
  creds = fresh;
  expect(await system?.ref(Counter, "1").with({ timeoutMs: 15_000 }).ask.count(1)).toBe(1);
});
