// What happens to streams: leaders that step down, snapshots that rot.
import { connectLink } from "@aether/nats";
import { placeOf } from "@aether/persistence/jetstream";
import type { Stage } from "../stage.ts";
import { type Fault, type FaultPlace, pick } from "./fault.ts";

const needsThree = (stage: Stage): string | undefined => (stage.servers.length < 3 ? "there is one server" : undefined);

export const storeFaults: readonly Fault[] = [
  { kind: "corrupt-snapshot", weight: 2, strike: corruptSnapshot },
  { kind: "leader-step-down", weight: 4, cannot: needsThree, strike: stepDown },
];

/** Nobody may trust a snapshot that does not match its checksum. */
async function corruptSnapshot({ stage, chance }: FaultPlace): Promise<string> {
  await using link = await connectLink({ servers: [...stage.urls] });
  const wallet = `w${Math.floor(chance() * 20)}`;
  const place = placeOf("soak", "sn");
  const subject = place.subjectOf({ type: "wallet", id: wallet });
  const last = await link.getLastFromLeader(place.stream, subject);
  if (last === undefined) return `${wallet} has none`;
  const bytes = Buffer.from(last.data);
  bytes.writeUInt8(bytes.readUInt8(Math.floor(bytes.length / 2)) ^ 1, Math.floor(bytes.length / 2));
  const outcome = await link.append(subject, bytes, last.sequence);
  return `${wallet}: ${outcome.type}`;
}

async function stepDown({ stage, chance }: FaultPlace): Promise<string> {
  await using link = await connectLink({ servers: [...stage.urls] });
  const { stream } = placeOf("soak", pick(["ev", "ev", "sn"] as const, chance));
  const name = chance() < 0.7 ? stream : "KV_aether_soak";
  await link.request(`$JS.API.STREAM.LEADER.STEPDOWN.${name}`, new Uint8Array());
  return name;
}
