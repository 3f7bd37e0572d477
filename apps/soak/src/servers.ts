// The nats-servers of a run: each in a network and on a disk of its own where the machine has them. They flush before they
// acknowledge, so that what is acknowledged must survive everything.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type NatsServer, startNatsCluster, startNatsServer } from "@aether/nats/server";
import type { Disk } from "./disk.ts";
import type { Machine } from "./machine.ts";
import { type Host, inHost } from "./network.ts";

export interface StagedServer {
  readonly name: string;
  readonly server: NatsServer;
  readonly host: Host | undefined;
  readonly disk: Disk | undefined;
}

/** What one server is started with. */
interface Place {
  readonly name: string;
  readonly host: Host | undefined;
  readonly disk: Disk | undefined;
}

/** What a server logs that could not write. */
const saysFull = /no space left|insufficient (storage )?resources/i;

/** @param note hears when a server says that its disk is full: otherwise nobody could tell whether it met that */
export async function startServers(
  count: 1 | 3,
  machine: Machine,
  note: (what: string) => void,
): Promise<StagedServer[]> {
  const places: Place[] = [];
  for (let n = 1; n <= count; n++) {
    const name = `n${n}`;
    places.push({ name, host: await machine.network?.addHost(name), disk: await machine.openDisk(`disk-${name}`) });
  }
  const log = (line: string): void => void (saysFull.test(line) && note("a server said that its disk is full"));
  const all = { syncInterval: "always", log };
  if (count === 1) {
    const [place] = places as [Place];
    return [{ ...place, server: await startNatsServer({ ...all, ...optionsOf(place, machine) }) }];
  }
  const optionsOfName = (name: string): ReturnType<typeof optionsOf> =>
    optionsOf(places.find((place) => place.name === name) as Place, machine);
  const cluster = await startNatsCluster({ ...all, servers: 3, each: optionsOfName });
  return places.map((place) => ({ ...place, server: cluster.named(place.name) }));
}

function optionsOf(
  { name, host, disk }: Place,
  { dir, binary }: Machine,
): { host?: string; binary?: string; storeDir?: string } {
  if (disk !== undefined) mkdirSync(join(disk.path, "store"), { recursive: true });
  const storeDir = disk === undefined ? {} : { storeDir: join(disk.path, "store") };
  if (host === undefined || binary === undefined) return storeDir;
  const script = join(dir, `run-${name}`);
  writeFileSync(script, `#!/bin/sh\nexec ${inHost(host).join(" ")} '${binary}' "$@"\n`);
  chmodSync(script, 0o755);
  return { ...storeDir, host: host.address, binary: script };
}
