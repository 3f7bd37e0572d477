// The bus on a real server against its contract.
import { eventBusSuite } from "@aether/cluster/testing";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { afterAll, beforeAll, describe, it } from "vitest";
import { natsBusPlace } from "./nats-bus-places.ts";

let server: NatsServer;

beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.stop());

describe("the event bus on NATS", () => {
  const place = () => natsBusPlace({ servers: server.url, target: server });
  for (const { name, run } of eventBusSuite({ place, manySubscriptions: 2_000 })) it(name, run, 30_000);
});
