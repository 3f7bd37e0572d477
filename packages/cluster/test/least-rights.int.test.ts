// A whole system whose users may do the least: everything works, and nobody tries what is refused.
import { type ActorSystem, createSystem, type SystemEvent } from "@aether/actor";
import { cluster, NatsEventBus } from "@aether/cluster";
import { permissionsOf, provision, type RoleOptions, serverConfigOf } from "@aether/cluster/permissions";
import { connectLink } from "@aether/nats";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { persistence } from "@aether/persistence";
import { jetStream } from "@aether/persistence/jetstream";
import { memory } from "@aether/persistence/memory";
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Counter, Echo } from "./harness.ts";

const scope = { system: "bank", namespace: "prod" } as const;
const users: Readonly<Record<string, RoleOptions>> = {
  ops: { ...scope, role: "provisioner" },
  a: { ...scope, role: "node", node: "a" },
  b: { ...scope, role: "node", node: "b" },
  web: { ...scope, role: "client", node: "web" },
  tools: { ...scope, role: "reader" },
  maker: { ...scope, role: "node", node: "maker", mayProvision: true },
  cutter: { ...scope, role: "node", node: "cutter", mayTruncate: true },
};

let server: NatsServer;
let systems: ActorSystem[];
let problems: unknown[];
const onWarning = (warning: Error): void => void problems.push(warning);

beforeEach(async () => {
  const list = Object.entries(users).map(([user, options]) => ({
    user,
    password: "secret",
    permissions: permissionsOf(options),
  }));
  const everything = { publish: [">"], subscribe: [">"], inboxPrefix: "_INBOX" };
  list.push({ user: "observer", password: "secret", permissions: everything });
  server = await startNatsServer({ config: serverConfigOf(list) });
  [systems, problems] = [[], []];
  process.on("warning", onWarning);
});
afterEach(async () => {
  for (const system of systems.toReversed()) await system.stop();
  process.off("warning", onWarning);
  await server.stop();
});

const connectionOf = (user: string) => ({
  user,
  pass: "secret",
  inboxPrefix: user === "observer" ? "_INBOX" : permissionsOf(users[user] as RoleOptions).inboxPrefix,
});

const provisioned = (user = "ops") =>
  provision({ servers: server.url, connection: connectionOf(user), ...scope, replicas: 1 });

function linkOf(user: string) {
  return connectLink({
    servers: server.url,
    connection: connectionOf(user),
    onProblem: (problem) => void problems.push(problem),
  });
}

async function start(node: string, actors: (typeof Counter | typeof Echo)[] = [Counter, Echo]): Promise<ActorSystem> {
  const member = cluster({
    servers: server.url,
    connection: connectionOf(node),
    namespace: scope.namespace,
    node,
    leaseMs: 1_000,
  });
  const plugins = actors.length > 0 ? [member] : [persistence({ store: memory() }), member];
  const watch = {
    name: "watch",
    install: (host: { events: ActorSystem["events"] }) =>
      void host.events.subscribe((event: SystemEvent) => {
        if (event.type === "cluster-problem" || event.level === "error") problems.push(event);
      }),
  };
  const system = await createSystem({ name: scope.system, actors, plugins: [watch, ...plugins], log: false });
  systems.push(system);
  return system;
}

/** Whether a subject is one of those that a grant covers. */
function covers(grant: string, subject: string): boolean {
  const [wanted, found] = [grant.split("."), subject.split(".")];
  if (wanted.at(-1) === ">" ? found.length < wanted.length : found.length !== wanted.length) return false;
  return wanted.every((token, i) => token === "*" || (token === ">" && i === wanted.length - 1) || token === found[i]);
}

it("runs: nodes host, a client asks, a reader reads, and no right is missing or idle", async () => {
  await provisioned();
  await using observer = await linkOf("observer");
  const used = new Set<string>();
  observer.subscribe(">", ({ subject }) => void used.add(subject));
  const [a, b, web] = [await start("a"), await start("b"), await start("web", [])];
  const ids = Array.from({ length: 20 }, (_, i) => `n${i}`);
  const counted = async (by: number): Promise<number[]> =>
    Promise.all(ids.map((id) => web.ref(Counter, id).ask.count(by)));
  for (let round = 0; round < 45; round++) await counted(1); // two snapshots each
  expect(a.counts()["counter"]).toBeGreaterThan(0);
  expect(b.counts()["counter"]).toBeGreaterThan(0);
  expect(await web.ref(Echo, "1").ask.say("hello")).toBe("hello");
  await b.stop(); // its actors recover at the other node, from snapshots and events
  expect(new Set(await counted(1))).toEqual(new Set([46]));

  const tools = await createSystem({
    name: scope.system,
    actors: [],
    plugins: [
      persistence({
        store: jetStream({ servers: server.url, connection: connectionOf("tools"), namespace: scope.namespace }),
      }),
    ],
    log: false,
  });
  systems.push(tools);
  const past = tools.use(persistence).history(Counter, "n0");
  expect(await past.captureState({ atVersion: 40 })).toMatchObject({ state: { n: 40 } });
  await using bus = await NatsEventBus.connect({
    servers: server.url,
    connection: connectionOf("tools"),
    ...scope,
    onProblem: (problem) => void problems.push(problem),
  });
  const heard: number[] = [];
  await using subscription = await bus.subscribeToEventStored(
    { actor: Counter, id: "n0", from: "start", name: "tools", checkpointEvery: 10 },
    ({ version }) => void heard.push(version),
  );
  await expect.poll(() => heard.length).toBe(46);
  await web.ref(Counter, "n0").ask.count(1);
  await expect.poll(() => heard.at(-1)).toBe(47);
  await subscription.stop();
  await using late = await bus.subscribeToEventStored({ id: "n0", actor: Counter, from: new Date(0) }, () => {});
  await late.stop();
  // Who keeps up is not asked to say so; a snapshot that is no good is looked behind; a watch ends with its node; a probe is
  // answered where a line was silent.
  const isRare = (grant: string): boolean =>
    /^\$JS\.FC|\.GET\.AETHER-prod_bank_sn$|\.DELETE\.KV_|\.inbox\..*\.0$/.test(grant);
  const grants = ["a", "web", "tools"].flatMap((user) => permissionsOf(users[user] as RoleOptions).publish);
  expect(
    grants.filter((grant) => !isRare(grant)).filter((grant) => ![...used].some((subject) => covers(grant, subject))),
  ).toEqual([]);
  expect(problems.filter((problem) => !String(problem).includes('durability is "dev"'))).toEqual([]);
}, 60_000);

it("comes back after the server was killed with the same rights", async () => {
  await provisioned();
  const [, web] = [await start("a"), await start("web", [])];
  expect(await web.ref(Counter, "1").ask.count(1)).toBe(1);
  server.kill();
  await server.restart();
  expect(await web.ref(Counter, "1").with({ timeoutMs: 15_000 }).ask.count(1)).toBe(2);
  const late = await start("b"); // the others hear of it: their watches are there again
  await expect.poll(() => web.use(cluster).nodes().length, { timeout: 10_000 }).toBe(3);
  expect(await late.ref(Counter, "1").ask.count(1)).toBe(3);
  expect(problems.filter((problem) => /allow|permission/i.test(inspect(problem)))).toEqual([]);
}, 60_000);

it("does not start where something is missing that it may not make, and names all of it and the way out", async () => {
  const failed: unknown = await start("a").catch((error: unknown) => error);
  const message = String((failed as Error).cause ?? failed);
  expect(message).toMatch(/PERSISTENCE_STORE_NOT_PROVISIONED|Missing in JetStream/);
  for (const name of ["KV_aether-store-prod_bank", "AETHER-prod_bank_ev", "AETHER-prod_bank_sn", "provision({"]) {
    expect(message).toContain(name);
  }
});

it("is provisioned by a node that may, once and the same ever after", async () => {
  const maker = await start("maker");
  expect(await maker.ref(Counter, "1").ask.count(1)).toBe(1);
  const streams = await provisioned();
  expect(streams.map(({ stream }) => stream)).toEqual([
    "KV_aether-store-prod_bank",
    "AETHER-prod_bank_ev",
    "AETHER-prod_bank_sn",
    "KV_aether-nodes-prod_bank",
  ]);
  expect(await provisioned()).toEqual(streams);
  expect(await (await start("a")).ref(Counter, "1").ask.count(1)).toBe(2);
});

it("is not provisioned by somebody else's user, who is told", async () => {
  await expect(provisioned("tools")).rejects.toMatchObject({
    code: "PERSISTENCE_STORE_NOT_PROVISIONED",
    missing: expect.arrayContaining(["AETHER-prod_bank_ev"]),
  });
  await provisioned();
  await expect(
    provision({ servers: server.url, connection: connectionOf("ops"), system: "bank", replicas: 1 }),
  ).rejects.toMatchObject({ code: "PERSISTENCE_STORE_ACCESS_DENIED" });
});

it("deletes old events only where it may", async () => {
  await provisioned();
  const account = { type: "account", id: "alice" };
  for (const [user, outcome] of [
    ["a", "refused"],
    ["cutter", "done"],
  ] as const) {
    const link = await linkOf(user);
    const { events } = await jetStream({ link: async () => link, namespace: scope.namespace }).open({
      systemName: scope.system,
      warn: () => {},
    });
    const head = await events.head(account);
    await events.append(account, head?.token ?? 0, Buffer.from("{}"));
    const truncated = events.truncate(account, 2).then(
      () => "done",
      () => "refused",
    );
    expect(await truncated).toBe(outcome);
    await events.close();
    await link.close();
  }
});
