// The model of nats-server against the tests of the link that a real server passes: the very same ones, with the model in
// the place of the server.
import { describe, vi } from "vitest";

vi.mock("@aether/nats/server", () => import("./model-servers.ts"));

describe("the model of one server: appends", async () =>
  void (await import("../../nats/test/link-append.int.test.ts")));
describe("the model of one server: reads", async () => void (await import("../../nats/test/link-read.int.test.ts")));
describe("the model of one server: connections", async () =>
  void (await import("../../nats/test/link-connection.int.test.ts")));
describe("the model of three servers", async () => void (await import("../../nats/test/link-replicated.int.test.ts")));
