// What is taken out of addresses, so that it is shown nowhere.
import { expect, it } from "vitest";
import { serverUrlsOf } from "../src/server-urls.ts";

it.each([
  ["nats://a:4222", ["nats://a:4222"], {}],
  ["a:4222,b", ["a:4222", "b"], {}],
  ["nats://u:p@a:4222", ["nats://a:4222"], { user: "u", pass: "p" }],
  ["tls://u%40x:p%3A:q@[::1]:4222", ["tls://[::1]:4222"], { user: "u@x", pass: "p::q" }],
  ["nats://t0ken@a", ["nats://a"], { token: "t0ken" }],
  ["u:p@a", ["a"], { user: "u", pass: "p" }],
  ["nats://u:@a", ["nats://a"], { user: "u", pass: "" }],
])("takes %s apart", (given, servers, credentials) => {
  expect(serverUrlsOf(given)).toEqual({ servers, credentials });
});

it("takes one identity from several addresses", () => {
  expect(serverUrlsOf(["nats://u:p@a", "nats://u:p@b", "nats://c"])).toEqual({
    servers: ["nats://a", "nats://b", "nats://c"],
    credentials: { user: "u", pass: "p" },
  });
  expect(() => serverUrlsOf(["nats://u:p@a", "nats://v:p@b"])).toThrow(/different credentials/);
});
