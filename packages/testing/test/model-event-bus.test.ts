// The model of nats-server against the suite of the event bus that a real server passes.
import { eventBusSuite } from "@aether/cluster/testing";
import { afterAll, beforeAll, describe, it } from "vitest";
import { natsBusPlace } from "../../cluster/test/nats-bus-places.ts";
import { listenAsNats, type ListeningModel } from "../src/simulation/model/listen.ts";

for (const servers of [1, 3] as const) {
  describe(`the event bus on the model of ${servers === 1 ? "one server" : "three servers"}`, () => {
    let listening: ListeningModel;
    beforeAll(async () => {
      listening = await listenAsNats({ servers });
    });
    afterAll(() => listening[Symbol.asyncDispose]());

    const place = () =>
      natsBusPlace({ servers: listening.urls, target: { port: listening.ports[0] as number }, replicas: servers });
    for (const { name, run } of eventBusSuite({ place, manySubscriptions: 500 })) it(name, run, 30_000);
  });
}
