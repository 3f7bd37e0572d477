// Two nodes on this machine: this process, which hosts nothing, and one that hosts the tellers; a server between them.
import { type ActorSystem, createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { connectLink } from "@aether/nats";
import { startNatsServer } from "@aether/nats/server";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { rawRequests, type Request } from "./raw.ts";

export interface TwoNodes extends AsyncDisposable {
  readonly system: ActorSystem;
  readonly request: Request;
}

export async function openTwoNodes(): Promise<TwoNodes> {
  const server = await startNatsServer();
  const script = fileURLToPath(new URL("teller-node.js", import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, script, server.url], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const isUp = await Promise.race([once(child.stdout, "data").then(() => true), ended.then(() => false)]);
  if (!isUp) throw new Error("the other node ended before it was up");
  const link = await connectLink({ servers: server.url, name: "raw" });
  const plugins = [cluster({ servers: server.url, node: "asker" })];
  const system = await createSystem({ name: "bench", actors: [], plugins, log: false });
  return {
    system,
    request: rawRequests(link),
    async [Symbol.asyncDispose]() {
      await system.stop();
      await link.close();
      child.stdin.end();
      await ended;
      await server.stop();
    },
  };
}
