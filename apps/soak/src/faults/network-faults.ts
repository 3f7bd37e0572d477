// Packets that are lost: all or some, one way or both, of a node, of a server, between two servers.
import { setTimeout as delay } from "node:timers/promises";
import type { Host, Loss, Network } from "../network.ts";
import type { Stage } from "../stage.ts";
import { between, type Fault, type FaultPlace, nodeOf, pick, serverOf } from "./fault.ts";

type Hit = (place: FaultPlace) => { readonly name: string; readonly host: Host | undefined };

const directions = ["in", "out"] as const;
const noNetwork = (stage: Stage): string | undefined =>
  stage.machine.network === undefined ? `no network of its own: ${stage.machine.whyNoNetwork}` : undefined;
const needsThree = (stage: Stage): string | undefined =>
  noNetwork(stage) ?? (stage.servers.length < 3 ? "there is one server" : undefined);

export const networkFaults: readonly Fault[] = [
  { kind: "packets-node-both-ways", weight: 1, cannot: noNetwork, strike: (place) => partition(place, nodeOf) },
  { kind: "packets-node-one-way", weight: 2, cannot: noNetwork, strike: (place) => oneWay(place, nodeOf) },
  { kind: "packets-node-some", weight: 1, cannot: noNetwork, strike: (place) => lose(place, nodeOf) },
  { kind: "packets-node-slow", weight: 1, cannot: noNetwork, strike: slow },
  { kind: "packets-server-both-ways", weight: 1, cannot: noNetwork, strike: (place) => partition(place, serverOf) },
  { kind: "packets-server-one-way", weight: 2, cannot: noNetwork, strike: (place) => oneWay(place, serverOf) },
  { kind: "packets-server-some", weight: 1, cannot: noNetwork, strike: (place) => lose(place, serverOf) },
  { kind: "packets-between-servers", weight: 2, cannot: needsThree, strike: betweenServers },
];

function partition(place: FaultPlace, hit: Hit): Promise<string> {
  return during(place, hit, async (network, host) => {
    for (const direction of directions) await network.lose(host, { direction });
    return "all packets";
  });
}

function oneWay(place: FaultPlace, hit: Hit): Promise<string> {
  const loss: Loss = { direction: pick(directions, place.chance) };
  return during(place, hit, async (network, host) => {
    await network.lose(host, loss);
    return `all packets ${loss.direction}`;
  });
}

function lose(place: FaultPlace, hit: Hit): Promise<string> {
  const share = pick([0.01, 0.05, 0.2], place.chance);
  return during(place, hit, async (network, host) => {
    for (const direction of directions) await network.lose(host, { direction, share });
    return `${share * 100} % of all packets`;
  });
}

function slow(place: FaultPlace): Promise<string> {
  const kbit = pick([256, 1_024], place.chance);
  return during(place, nodeOf, async (network, host) => {
    await network.slow(host, kbit);
    return `${kbit} kbit/s`;
  });
}

/** Both still see the third. */
function betweenServers(place: FaultPlace): Promise<string> {
  const { stage, chance } = place;
  const isOneWay = chance() < 0.5;
  return during(place, serverOf, async (network, host) => {
    const peer = pick(
      stage.servers.filter((server) => server.host !== host),
      chance,
    );
    const both = peer.host === undefined ? {} : { peer: peer.host };
    await network.lose(host, { direction: "out", ...both });
    if (!isOneWay) await network.lose(host, { direction: "in", ...both });
    return `and ${peer.name}${isOneWay ? ", one way," : ""}`;
  });
}

async function during(
  place: FaultPlace,
  hit: Hit,
  begin: (network: Network, host: Host) => Promise<string>,
): Promise<string> {
  const { network } = place.stage.machine;
  const { name, host } = hit(place);
  const ms = between(place.chance, 300, pick([2_000, 8_000], place.chance));
  if (network === undefined || host === undefined) return "nothing";
  const what = await begin(network, host);
  await delay(ms);
  await network.heal();
  return `${name} ${what} for ${ms} ms`;
}
