// What led to a violation, for people: who asked and was answered when, what the log says there, and which faults were on.
import { eventsOf, type LoggedWallet } from "./checking/record.ts";
import type { Violation } from "./checking/violation.ts";
import type { Disturbed } from "./disturbing.ts";
import { linesOf } from "./history.ts";

export interface StoryParts {
  readonly wallets: readonly LoggedWallet[];
  readonly historyPaths: readonly string[];
  readonly faults: readonly Disturbed[];
}

const around = 2;
const maxLines = 40;

export function storyOf({ op, wallet, version }: Violation, parts: StoryParts): string[] {
  const name = op?.split("/")[0];
  const lines = name === undefined ? [] : asked(name, parts);
  const logged = parts.wallets.find((one) => one.wallet === wallet);
  if (logged !== undefined) lines.push(...commits(logged, version));
  return lines.slice(0, maxLines);
}

function asked(op: string, { historyPaths, faults }: StoryParts): string[] {
  const lines: string[] = [];
  const times: number[] = [];
  for (const path of historyPaths) {
    for (const line of linesOf(path)) {
      if (!line.includes(`"${op}"`)) continue;
      times.push((JSON.parse(line) as { at: number }).at);
      lines.push(`${path.split("/").at(-1)}: ${line}`);
    }
  }
  const [from, to] = [Math.min(...times), Math.max(...times)];
  for (const fault of faults) {
    if (fault.from > to || fault.to < from) continue;
    lines.push(`from ${Math.round(fault.from)} to ${Math.round(fault.to)}: ${fault.kind}, ${fault.hit}`);
  }
  return lines;
}

function commits(logged: LoggedWallet, version: number | undefined): string[] {
  const place = logged.commits.findIndex(({ events }) => events.some((event) => event.version === version));
  const at = place < 0 ? logged.commits.length - 1 : place;
  const shown = logged.commits.slice(Math.max(0, at - around), at + around + 1);
  return [
    ...shown.map((commit) => `log of ${logged.wallet}: ${JSON.stringify(commit)}`),
    `log of ${logged.wallet}: ${eventsOf(logged).length} events in ${logged.commits.length} commits`,
  ];
}
