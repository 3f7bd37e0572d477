// What only a real server shows of a connection: its death and return, its users, and megabytes that a process of its own
// takes in while this one closes.
import { expect, it } from "vitest";
import { connectLink, type LinkError, type LinkMessage } from "../src/index.ts";
import { startNatsServer } from "../src/server/index.ts";
import { bytes, codeOf, createStream, nextStatus, text } from "./stream-fixture.ts";

it("comes back by itself after the server was killed and started again", async () => {
  await using other = await startNatsServer();
  await using own = await connectLink({ servers: other.url });
  await createStream(own.connection);
  const away = nextStatus(own, "disconnected");
  other.kill();
  await away;
  const append = own.append("ev.back", bytes("1"), 0);
  await other.restart();
  expect(await append).toMatchObject({ type: "stored" });
});

it("tells wrong credentials and forbidden subjects apart from a lost server", async () => {
  const users = `authorization { users: [
    { user: "all", password: "x" },
    { user: "some", password: "x", permissions: { publish: { deny: ["secret.>"] } } }
  ] }`;
  await using guarded = await startNatsServer({ config: users });
  const as = (user: string, pass: string, problems: LinkError[] = []) =>
    connectLink({ servers: guarded.url, connection: { user, pass }, onProblem: (problem) => problems.push(problem) });
  expect(await codeOf(as("all", "wrong"))).toBe("NATS_CONNECTION_REFUSED");
  const problems: LinkError[] = [];
  await using some = await as("some", "x", problems);
  await expect(some.request("secret.a", bytes("x"))).rejects.toMatchObject({
    code: "NATS_NOT_SENT",
    cause: { code: "NATS_PERMISSION_DENIED" },
  });
  expect(problems).toMatchObject([{ code: "NATS_PERMISSION_DENIED" }]);
  // An append that may not be made is known not to be stored.
  expect(await some.append("secret.a", bytes("x"), 0)).toMatchObject({ type: "refused", code: 0 });
});

it("delivers what was published just before it was closed, also when the socket is still busy with it", async () => {
  await using server = await startNatsServer();
  await using link = await connectLink({ servers: server.url });
  const own = await connectLink({ servers: server.url });
  const arrived = new Promise<LinkMessage>((resolve) => {
    const stop = link.subscribe("last-words", (message) => {
      if (message.data.length > 3) return;
      stop();
      resolve(message);
    });
  });
  await link.connection.flush();
  for (let i = 0; i < 30; i++) own.publish("last-words", new Uint8Array(900_000));
  own.publish("last-words", bytes("bye"));
  await own.close();
  expect(text(await arrived)).toBe("bye");
});
