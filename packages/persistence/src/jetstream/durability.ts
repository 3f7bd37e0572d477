// Compares a durability profile with the servers that are to keep it, at start. Invariant: a profile that was not seen to
// hold is refused with what was found and what to change, unless the caller takes the word of whoever runs the servers.
import { isServerVersionAtLeast, minimumServerVersion } from "@aether/nats";
import { StoreMisconfigured } from "../errors.ts";
import type { CheckedOptions } from "./options.ts";
import { type ServerSettings, settingsOf } from "./server-settings.ts";
import type { OpenStream } from "./stream.ts";

type Profile = Pick<CheckedOptions, "durability" | "replicas" | "monitoringUrls" | "trustServer">;

const devWarning =
  'durability is "dev": the server acknowledges before it has flushed to disk, so a power cut can lose what was ' +
  'acknowledged. Fine for development; for more, say durability: "replicated" or "strict".';

/** @throws StoreMisconfigured (`PERSISTENCE_STORE_MISCONFIGURED`) naming option, value and fix */
export async function verifyDurability(
  profile: Profile,
  streams: readonly OpenStream[],
  warn: (message: string) => void,
): Promise<void> {
  if (profile.durability === "dev") return warn(devWarning);
  for (const { stream, replicas } of streams) checkReplicas(profile, stream, replicas);
  if (profile.durability === "strict") await checkFlushing(profile, streams, warn);
}

function checkReplicas({ durability, replicas: wanted }: Profile, stream: string, found: number): void {
  if (found >= wanted) return;
  const fix =
    `durability is "${durability}": run \`nats stream edit ${stream} --replicas ${wanted}\`` +
    (durability === "strict" && found === 1 ? ", or say `replicas: 1` on purpose." : ".");
  throw new StoreMisconfigured(stream, "num_replicas", { found, wanted, fix });
}

async function checkFlushing(
  { monitoringUrls, trustServer }: Profile,
  streams: readonly OpenStream[],
  warn: (message: string) => void,
): Promise<void> {
  const answers = await Promise.allSettled(monitoringUrls.map(settingsOf));
  const seen = new Set<string>();
  for (const answer of answers) {
    if (answer.status !== "fulfilled") continue;
    checkServer(answer.value);
    seen.add(answer.value.name);
  }
  const unseen = [...new Set(streams.flatMap(({ peers }) => peers))].filter((peer) => !seen.has(peer));
  if (unseen.length === 0) return;
  const reasons = answers.flatMap((answer) => (answer.status === "rejected" ? [(answer.reason as Error).message] : []));
  const unproven = `Whether server ${unseen.join(", ")} flushes before it acknowledges is not known`;
  if (trustServer) return warn([`durability is "strict". ${unproven}: trusted, not verified`, ...reasons].join("; "));
  throw new StoreMisconfigured('durability "strict"', "monitoringUrl", {
    found: monitoringUrls,
    wanted: `the monitoring of ${unseen.join(", ")}`,
    fix:
      `${[unproven, ...reasons].join("; ")}. Put \`http: 8222\` into the configuration of each server and give all their ` +
      'URLs, such as monitoringUrl: "http://host:8222"; or say `trustServer: true` if you know that it does.',
  });
}

function checkServer({ name, url, version, syncAlways, syncInterval }: ServerSettings): void {
  const place = `server ${name} (${url})`;
  if (!isServerVersionAtLeast(version)) {
    const fix = "Upgrade that server.";
    throw new StoreMisconfigured(place, "version", { found: version, wanted: minimumServerVersion, fix });
  }
  if (syncAlways) return;
  throw new StoreMisconfigured(place, "sync_interval", {
    found: syncInterval,
    wanted: "always",
    fix: "Put `jetstream { sync_interval: always }` into that server's configuration (into the block that is there) and restart it.",
  });
}
