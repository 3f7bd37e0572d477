// `bench -- peers`: each program of each peer beside ours, a row as soon as it is measured.
import { askSequential, ask1k } from "../kernel/asks.ts";
import { pingPong } from "../kernel/relays.ts";
import { spawn100k } from "../kernel/spawning.ts";
import { tell1k } from "../kernel/tells.ts";
import type { Workload } from "../kernel/workload.ts";
import { interleave, type Medians } from "../measure.ts";
import type { BenchOptions } from "../options.ts";
import { figure, printJson, printLine } from "../report.ts";
import { UsageError } from "../usage-error.ts";
import { comedy } from "./comedy.ts";
import { effect } from "./effect.ts";
import { erlang } from "./erlang.ts";
import { nact } from "./nact.ts";
import type { Peer, PeerProgram, PeerRow } from "./peer.ts";
import { xstate } from "./xstate.ts";

const peers: readonly Peer[] = [nact, xstate, effect, comedy, erlang];

const ours: Readonly<Record<PeerRow, Workload>> = {
  tell: tell1k,
  "ping-pong": pingPong,
  "ask-sequential": askSequential,
  "ask-1k": ask1k,
  spawn: spawn100k,
};

const widths = [-16, -8, 9, 12, 12, 8];

interface Row {
  readonly name: PeerRow;
  readonly peer: Peer;
  readonly program: PeerProgram;
  readonly workload: Workload;
}

export async function runPeersBench(options: BenchOptions): Promise<number> {
  const rows = chooseRows(options.names);
  if (!options.json) printLine(widths, ["bench", "peer", "n", "ours", "theirs", "ratio"]);
  for (const peer of new Set(rows.map((row) => row.peer))) {
    const missing = peer.missing?.();
    if (missing !== undefined) {
      printLeftOut(peer, missing, options.json);
      continue;
    }
    for (const row of rows.filter((row) => row.peer === peer)) {
      const medians = await measure(row, options.runs);
      if (options.json) printJson(jsonRow(row, medians));
      else printLine(widths, tableRow(row, medians));
    }
    if (!options.json && peer.note !== undefined) console.log(`  ${peer.name}: ${peer.note}`);
  }
  return 0;
}

/** Names are those of rows, of peers, or both: `tell nact` is the one row of the one peer. */
function chooseRows(names: readonly string[]): Row[] {
  const rowNames = Object.keys(ours) as PeerRow[];
  const peerNames = peers.map((peer) => peer.name);
  const known: readonly string[] = [...rowNames, ...peerNames];
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) throw new UsageError(`There is no row or peer "${wrong}"; there are ${known.join(", ")}.`);
  const chosenRows = chosen(rowNames, names);
  const chosenPeers = chosen(peerNames, names);
  return peers
    .filter((peer) => chosenPeers.includes(peer.name))
    .flatMap((peer) => chosenRows.flatMap((name) => rowOf(peer, name)));
}

function chosen<Name extends string>(all: readonly Name[], names: readonly string[]): readonly Name[] {
  const some = all.filter((name) => names.includes(name));
  return some.length > 0 ? some : all;
}

function rowOf(peer: Peer, name: PeerRow): Row[] {
  const program = peer.rows[name];
  return program === undefined ? [] : [{ name, peer, program, workload: ours[name] }];
}

async function measure({ program, workload }: Row, runs: number): Promise<Medians> {
  const ours = await workload.ours();
  const theirs = await program.open();
  try {
    return await interleave({ ours, theirs }, { ours: workload.n, theirs: program.n, runs });
  } finally {
    await ours.close?.();
    await theirs.close?.();
  }
}

/** `n` is theirs; `ratio` says how many times ours is faster. */
function jsonRow({ name, peer, program }: Row, { ours, theirs }: Medians): Record<string, unknown> {
  const figures = { ours: figure(ours), theirs: figure(theirs), ratio: figure(theirs / ours) };
  const note = peer.note === undefined ? {} : { note: peer.note };
  return { bench: name, peer: peer.name, ...figures, unit: "ns", n: program.n, ...note };
}

function tableRow({ name, peer, program }: Row, { ours, theirs }: Medians): string[] {
  const figures = [`${figure(ours)} ns`, `${figure(theirs)} ns`, `${figure(theirs / ours)}x`];
  return [name, peer.name, String(program.n), ...figures];
}

function printLeftOut(peer: Peer, missing: string, json: boolean): void {
  if (json) printJson({ peer: peer.name, leftOut: missing });
  else console.log(`${peer.name} is left out: ${missing}.`);
}
