// A real server: its ports, its store, its end.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { startNatsCluster, startNatsServer } from "../src/server/index.ts";
import { connectLink } from "../src/index.ts";
import { bytes, createStream, text } from "./stream-fixture.ts";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

it("starts several at a time on ports of their own, and leaves nothing behind", async () => {
  const servers = await Promise.all([startNatsServer(), startNatsServer(), startNatsServer()]);
  expect(new Set(servers.map(({ port }) => port)).size).toBe(3);
  const health = await fetch(`${servers[0]?.monitoringUrl}/healthz`);
  expect(await health.json()).toEqual({ status: "ok" });
  await Promise.all(servers.map((server) => server.stop()));
  for (const { pid, storeDir } of servers) {
    expect(isAlive(pid)).toBe(false);
    await expect(access(storeDir)).rejects.toThrow();
  }
});

it("keeps port and stored messages over a kill and a restart", async () => {
  await using server = await startNatsServer();
  const { url, pid } = server;
  await using before = await connectLink({ servers: url });
  await createStream(before.connection);
  await before.append("ev.a", bytes("kept"), 0);
  server.kill();
  await server.restart();
  expect(server.pid).not.toBe(pid);
  await using after = await connectLink({ servers: url });
  expect(text(await after.getLastFromLeader("EV", "ev.a"))).toBe("kept");
});

it("keeps a store directory that was given, and passes configuration on", async () => {
  const storeDir = await mkdtemp(join(tmpdir(), "aether-store-"));
  try {
    const server = await startNatsServer({ storeDir, config: "max_payload: 8MB" });
    const link = await connectLink({ servers: server.url });
    expect(link.maxPayloadBytes).toBe(8 * 1024 * 1024);
    await link.close();
    await server.stop();
    await access(join(storeDir, "jetstream"));
  } finally {
    await rm(storeDir, { recursive: true, force: true });
  }
});

it("reports the last log lines of a server that does not start", async () => {
  await expect(startNatsServer({ config: "no_such_option: 1" })).rejects.toMatchObject({
    code: "NATS_SERVER_START_FAILED",
    message: expect.stringContaining("no_such_option"),
  });
  await using first = await startNatsServer();
  await expect(startNatsServer({ port: first.port })).rejects.toThrow(/address already in use/);
});

it.each(["SIGINT", "SIGTERM"] as const)("does not outlive a parent that dies by %s", async (signal) => {
  const program = `
    import { startNatsCluster, startNatsServer } from ${JSON.stringify(new URL("../src/server/index.ts", import.meta.url).href)};
    const server = await startNatsServer();
    console.log(server.port, server.storeDir);
    setInterval(() => {}, 1_000);
  `;
  const parent = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const [word = "", storeDir = ""] = line.toString().trim().split(" ");
  const port = Number(word);
  expect(await isListening(port)).toBe(true);
  parent.kill(signal);
  const [, diedBy] = (await once(parent, "exit")) as [number | null, string | null];
  expect(diedBy).toBe(signal);
  // SIGKILL was sent before the parent died; the kernel needs a moment to carry it out. (The pid is no evidence: in a
  // container whose first process reaps nobody, it stays as a zombie.)
  await expect.poll(() => isListening(port)).toBe(false);
  await expect(access(storeDir)).rejects.toThrow();
});

it("starts three that replicate, and takes one back after a restart", async () => {
  await using cluster = await startNatsCluster({ syncInterval: "always" });
  const jetstream = await fetch(`${cluster.monitoringUrls[2]}/varz`).then(async (answer) => answer.json());
  expect(jetstream).toMatchObject({ server_name: "n3", jetstream: { config: { sync_always: true } } });
  await using link = await connectLink({ servers: cluster.named("n3").url });
  await createStream(link.connection, { num_replicas: 3 });
  expect(await link.append("ev.a", bytes("1"), 0)).toEqual({ type: "stored", sequence: 1 });
  cluster.named("n1").kill();
  await cluster.named("n1").restart();
  // Two of three would not do with the third one out of reach.
  cluster.named("n2").kill("SIGSTOP");
  const outcome = await vi.waitFor(() => link.append("ev.b", bytes("2"), 0), { timeout: 30_000, interval: 100 });
  expect(outcome.type).toMatch(/^(stored|wrong-sequence)$/);
  expect(() => cluster.named("n4")).toThrow(RangeError);
}, 60_000);
