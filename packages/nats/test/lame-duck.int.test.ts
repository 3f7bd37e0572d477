// A server that is asked to end in order tells its clients first: the link goes to another one, and no call notices.
import { afterEach, beforeEach, expect, it } from "vitest";
import { connectLink, type Link, type LinkStatus } from "../src/index.ts";
import { type NatsServer, startNatsServer } from "../src/server/index.ts";
import { bytes, text } from "./stream-fixture.ts";

const config = 'lame_duck_grace_period: "500ms"\nlame_duck_duration: "30s"';
let first: NatsServer;
let second: NatsServer;
let responder: Link;

beforeEach(async () => {
  const place = (name: string, route = "") => ({ cluster: "c", name, routes: [route] });
  const common = { config, jetstream: false };
  first = await startNatsServer({ ...common, cluster: place("n1", "nats://127.0.0.1:1") });
  second = await startNatsServer({ ...common, cluster: place("n2", first.routeUrl) });
  responder = await connectLink({ servers: second.url });
  responder.subscribe("echo", ({ reply = "", data }) => responder.publish(reply, data));
});
afterEach(async () => {
  await responder.close();
  await Promise.all([first.stop(), second.stop()]);
});

/** What comes back, or what went wrong. */
const echo = (link: Link, said: string): Promise<string | undefined> =>
  link.request("echo", bytes(said)).then(text, String);

it("moves to another server with calls under way all the time, and none fails", async () => {
  await using link = await connectLink({ servers: first.url });
  await expect.poll(() => link.connection.info?.connect_urls?.length).toBe(2);
  await expect.poll(() => echo(link, "0")).toBe("0");
  const seen: LinkStatus[] = [];
  link.onStatus((status) => seen.push(status));
  const load = { isOver: false };
  const outcomes: (string | undefined)[] = [];
  const caller = async (): Promise<void> => {
    while (!load.isOver) outcomes.push(await echo(link, "x"));
  };
  const callers = Array.from({ length: 20 }, caller);
  first.kill("SIGUSR2");
  await expect.poll(() => seen, { timeout: 10_000 }).toEqual(["disconnected", "reconnected"]);
  const before = outcomes.length;
  await expect.poll(() => outcomes.length).toBeGreaterThan(before + 100);
  load.isOver = true;
  await Promise.all(callers);
  expect(new Set(outcomes)).toEqual(new Set(["x"]));
  expect(link.connection.getServer()).toBe(`127.0.0.1:${second.port}`);
  expect(seen).toEqual(["disconnected", "reconnected"]);
});

it("stays where it is while there is nowhere else to go", async () => {
  await second.stop();
  await using link = await connectLink({ servers: first.url });
  await expect.poll(() => link.connection.info?.connect_urls?.length).toBe(1);
  const told = new Promise<void>((resolve) => {
    void (async () => {
      for await (const { type } of link.connection.status()) if (type === "ldm") resolve();
    })();
  });
  first.kill("SIGUSR2");
  await told;
  link.subscribe("own", ({ reply = "", data }) => link.publish(reply, data));
  expect(text(await link.request("own", bytes("still here")))).toBe("still here");
});
