// The connection on a real server: requests, reply addresses, disconnects, the beginning and the end of a link.
import { createServer } from "node:net";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import {
  connectLink,
  nkeyAuthenticator,
  type Link,
  type LinkError,
  type LinkMessage,
  type LinkStatus,
} from "../src/index.ts";
import { type NatsServer, startNatsServer } from "../src/server/index.ts";
import { startCutProxy } from "../src/testing/index.ts";
import { bytes, codeOf, createStream, nextStatus, text } from "./stream-fixture.ts";

let server: NatsServer;
let link: Link;

beforeAll(async () => {
  server = await startNatsServer();
  link = await connectLink({ servers: server.url });
  await createStream(link.connection);
});
afterAll(async () => {
  await link.close();
  await server.stop();
});

it("says that credentials are broken which the client itself cannot read, and not that there is no server", async () => {
  const authenticator = nkeyAuthenticator(new TextEncoder().encode("SUBROKEN"));
  await expect(connectLink({ servers: server.url, connection: { authenticator } })).rejects.toMatchObject({
    code: "NATS_CONNECTION_REFUSED",
    message: expect.stringMatching(/authenticator failed .*correct the seed or the credentials file/),
  });
});

it("answers a request", async () => {
  const stop = link.subscribe("echo", (message) => link.publish(message.reply ?? "", message.data));
  expect(text(await link.request("echo", bytes("hello")))).toBe("hello");
  stop();
  expect(await codeOf(link.request("echo", bytes("hello")))).toBe("NATS_NO_RESPONDERS");
});

it("rejects a request that nobody answers in time", async () => {
  const stop = link.subscribe("silent", () => {});
  expect(await codeOf(link.request("silent", bytes("hello"), 20))).toBe("NATS_REQUEST_TIMED_OUT");
  stop();
});

it("times each request by its own deadline, whatever the order", async () => {
  const stop = link.subscribe("silent", () => {});
  const ended: number[] = [];
  const ask = (ms: number) => link.request("silent", bytes("x"), ms).catch(() => ended.push(ms));
  await Promise.all([ask(120), ask(30), ask(75)]);
  expect(ended).toEqual([30, 75, 120]);
  stop();
});

it("brings many answers, and no responders, to one reply address", async () => {
  const seen: LinkMessage[] = [];
  let onThird = (): void => {};
  const third = new Promise<void>((resolve) => (onThird = resolve));
  const address = link.openReplyAddress((message) => {
    if (seen.push(message) === 3) onThird();
  });
  const stop = link.subscribe("twice", ({ reply = "", data }) => {
    link.publish(reply, data);
    link.publish(reply, data);
  });
  link.publish("twice", bytes("a"), address.subject);
  link.publish("nobody.here", bytes("b"), address.subject);
  await third;
  expect(seen.filter(({ status }) => status === 503).length).toBe(1);
  expect(seen.filter(({ status }) => status === undefined).map(text)).toEqual(["a", "a"]);
  address.close();
  stop();
});

it("reports a handler that throws and goes on", async () => {
  const problems: LinkError[] = [];
  await using own = await connectLink({ servers: server.url, onProblem: (problem) => problems.push(problem) });
  own.subscribe("broken", ({ reply = "" }) => {
    own.publish(reply, bytes("answered"));
    throw new Error("broken on purpose");
  });
  expect(text(await own.request("broken", bytes("")))).toBe("answered");
  expect(problems).toMatchObject([{ code: "NATS_HANDLER_FAILED", cause: { message: "broken on purpose" } }]);
});

it("fails what is pending at once when the connection is lost, long before its time is up", async () => {
  await using proxy = await startCutProxy({ target: server });
  await using own = await connectLink({ servers: proxy.url, requestTimeoutMs: 60_000 });
  const stop = link.subscribe("silent", () => {});
  await link.connection.flush();
  const pending = codeOf(own.request("silent", bytes("x")));
  await own.connection.flush();
  proxy.cut();
  expect(await pending).toBe("NATS_DISCONNECTED");
  stop();
});

it("holds requests and appends made while disconnected until it is connected again", async () => {
  await using proxy = await startCutProxy({ target: server });
  await using own = await connectLink({ servers: proxy.url });
  const seen: LinkStatus[] = [];
  own.onStatus((status) => seen.push(status));
  const stop = link.subscribe("held", ({ reply = "", data }) => link.publish(reply, data));
  await link.connection.flush();
  const away = nextStatus(own, "disconnected");
  proxy.refuse(true);
  proxy.cut();
  await away;
  expect(own.isConnected).toBe(false);
  expect(() => own.publish("held", bytes("x"))).toThrow(expect.objectContaining({ code: "NATS_DISCONNECTED" }));
  const answers = Promise.all([own.request("held", bytes("1")), own.append("ev.held", bytes("2"), 0)]);
  proxy.refuse(false);
  const [answer, outcome] = await answers;
  expect(text(answer)).toBe("1");
  expect(outcome).toMatchObject({ type: "stored" });
  expect(own.isConnected).toBe(true);
  expect(seen).toEqual(["disconnected", "reconnected"]);
  stop();
});

it("ends what is held by its own time, and bounds how much is held", async () => {
  await using proxy = await startCutProxy({ target: server });
  await using own = await connectLink({
    servers: proxy.url,
    maxHeldRequests: 2,
    maxHeldBytes: 10,
    requestTimeoutMs: 50,
  });
  const away = nextStatus(own, "disconnected");
  proxy.refuse(true);
  proxy.cut();
  await away;
  const codes = Promise.all([
    codeOf(own.request("a", bytes("12345"))),
    codeOf(own.request("a", bytes("1234567"))),
    codeOf(own.append("ev.full", bytes("1"), 0)),
    codeOf(own.append("ev.full", bytes("1"), 0)),
  ]);
  expect(await codes).toEqual([
    "NATS_REQUEST_TIMED_OUT",
    "NATS_TOO_MANY_HELD",
    "NATS_OUTCOME_UNKNOWN",
    "NATS_OUTCOME_UNKNOWN",
  ]);
});

it("settles what is pending when it is closed, and refuses what comes after", async () => {
  const own = await connectLink({ servers: server.url, requestTimeoutMs: 60_000, closeTimeoutMs: 50 });
  const stop = link.subscribe("silent", () => {});
  await link.connection.flush();
  const seen: LinkStatus[] = [];
  own.onStatus((status) => seen.push(status));
  const pending = codeOf(own.request("silent", bytes("x")));
  const append = own.append("ev.closing", bytes("1"), 0);
  await Promise.all([own.close(), own.close()]);
  expect(await pending).toBe("NATS_LINK_CLOSED");
  expect(await append).toMatchObject({ type: "stored" });
  expect(await codeOf(own.request("silent", bytes("x")))).toBe("NATS_LINK_CLOSED");
  expect(await codeOf(own.append("ev.closing", bytes("1"), 0))).toBe("NATS_OUTCOME_UNKNOWN");
  expect(() => own.publish("silent", bytes("x"))).toThrow(expect.objectContaining({ code: "NATS_LINK_CLOSED" }));
  expect(own.isConnected).toBe(false);
  await expect.poll(() => seen).toEqual(["closed"]);
  stop();
});

it("names the address that cannot be reached", async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const { port } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  const connecting = connectLink({ servers: `nats://127.0.0.1:${port}`, connectTimeoutMs: 300 });
  await expect(connecting).rejects.toMatchObject({
    code: "NATS_UNREACHABLE",
    retryable: true,
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
});

it("does not wait for ever for a server that accepts and stays silent", async () => {
  const mute = createServer(() => {});
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  const { port } = mute.address() as { port: number };
  const connecting = connectLink({
    servers: `nats://127.0.0.1:${port}`,
    connectTimeoutMs: 100,
    connection: { timeout: 100 },
  });
  expect(await codeOf(connecting)).toBe("NATS_UNREACHABLE");
  mute.close();
});

it("goes on to the next server within half a lease when one accepts and stays silent", async () => {
  const mute = createServer(() => {});
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  const { port } = mute.address() as { port: number };
  const connection = { noRandomize: true };
  const began = performance.now();
  await using own = await connectLink({ servers: [`nats://127.0.0.1:${port}`, server.url], connection });
  expect(performance.now() - began).toBeLessThan(3_500);
  expect(own.isConnected).toBe(true);
  mute.close();
});

it("refuses a server that is too old", async () => {
  const old = createServer((socket) => {
    socket.on("error", () => {});
    socket.write('INFO {"server_id":"X","version":"2.10.27","proto":1,"headers":true,"max_payload":1048576}\r\n');
    socket.on("data", (chunk) => {
      if (chunk.includes("PING")) socket.write("PONG\r\n");
    });
  });
  await new Promise<void>((resolve) => old.listen(0, "127.0.0.1", resolve));
  const { port } = old.address() as { port: number };
  await expect(connectLink({ servers: `127.0.0.1:${port}` })).rejects.toMatchObject({
    code: "NATS_SERVER_TOO_OLD",
    message: expect.stringMatching(/2\.10\.27.*2\.12\.7/),
  });
  old.close();
});

it("refuses options out of range, naming the option, the value and the range", async () => {
  await expect(connectLink({ servers: server.url, requestTimeoutMs: 0 })).rejects.toThrow(
    /requestTimeoutMs is 0; it must be from 1/,
  );
});

it("is asked in vain through a proxy that lets a side wait, and heard when it is off", async () => {
  const heard: string[] = [];
  const stop = link.subscribe("echo", (message) => {
    heard.push(text(message) ?? "");
    link.publish(message.reply ?? "", message.data);
  });
  await using proxy = await startCutProxy({ target: { port: server.port } });
  await using far = await connectLink({ servers: proxy.url });
  proxy.stall("client", true);
  expect(await codeOf(far.request("echo", bytes("one"), 50))).toBe("NATS_REQUEST_TIMED_OUT");
  expect(heard).toEqual([]);
  proxy.stall("client", false);
  expect(text(await far.request("echo", bytes("two")))).toBe("two");
  expect(heard).toEqual(["one", "two"]);
  proxy.stall("server", true);
  expect(await codeOf(far.request("echo", bytes("three"), 50))).toBe("NATS_REQUEST_TIMED_OUT");
  await vi.waitFor(() => expect(heard).toEqual(["one", "two", "three"]));
  proxy.stall("server", false);
  expect(text(await far.request("echo", bytes("four")))).toBe("four");
  stop();
});
