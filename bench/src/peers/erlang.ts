// Erlang, where `escript` is on the PATH: the same rows as a BEAM program, started as a process of its own for each run. It
// warms up and times itself, so that starting the machine does not count.
import { execFile, execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Contender } from "../measure.ts";
import type { Peer, PeerProgram, PeerRow } from "./peer.ts";

const script = fileURLToPath(new URL("../../erlang/actors.escript", import.meta.url));

function program(row: PeerRow, n: number): PeerProgram {
  return { n, open: () => timedByItself(row) };
}

function timedByItself(row: PeerRow): Contender {
  return {
    run: async (n) => {
      const { stdout } = await promisify(execFile)("escript", [script, row, String(n)]);
      const ns = Number(stdout);
      if (!(ns > 0)) throw new Error(`${script} ${row} printed ${JSON.stringify(stdout)}; expected nanoseconds.`);
      return ns;
    },
  };
}

function missing(): string | undefined {
  try {
    execFileSync("sh", ["-c", "command -v erl && command -v escript"]);
    return undefined;
  } catch {
    return "erl and escript are not on the PATH";
  }
}

export const erlang: Peer = {
  name: "erlang",
  note: "its own process; uses all cores",
  missing,
  rows: {
    tell: program("tell", 1_000_000),
    "ping-pong": program("ping-pong", 500_000),
    "ask-sequential": program("ask-sequential", 200_000),
    "ask-1k": program("ask-1k", 500_000),
    spawn: program("spawn", 100_000),
  },
};
