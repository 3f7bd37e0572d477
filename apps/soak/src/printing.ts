// A report for people.
import type { Report } from "./report.ts";

export function printReport(report: Report, say: (line: string) => void): void {
  printCommands(report, say);
  printFaults(report, say);
  for (const [what, count] of Object.entries(report.notes)) say(`noted: ${what} ×${count}`);
  for (const [what, count] of Object.entries(report.damaged)) say(`damaged copies, ${what} ×${count}`);
  const { count, maxMs } = report.duplicateActivations;
  say(`activations that overlapped: ${count}, at most ${Math.round(maxMs)} ms`);
  for (const { process, minutes, mebibytes, mebibytesPerHour, grownMebibytes } of report.memory) {
    const growth = `${mebibytesPerHour.toFixed(0)} MiB an hour, ${grownMebibytes.toFixed(1)} MiB in all`;
    say(`memory of ${process}: ${mebibytes.toFixed(0)} MiB after ${minutes.toFixed(1)} minutes, growth ${growth}`);
  }
  for (const { invariant, what, story } of report.found) {
    say(`VIOLATION ${invariant}: ${what}`);
    for (const line of story) say(`    ${line}`);
  }
  if (report.endedEarly !== undefined) say(`ENDED EARLY: ${report.endedEarly}`);
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
  say(`violations: ${report.violations}   (seed ${report.seed}, ${versions.join(", ")})`);
}

function printCommands(report: Report, say: (line: string) => void): void {
  const { unknown, tally, refusals } = report;
  const refused = Object.entries(refusals).map(([code, count]) => ` ${code} ×${count}`);
  say(
    `commands ${report.commands}: acknowledged ${report.acknowledged}, refused ${report.refused}${refused.join(",")}`,
  );
  say(
    `unknown for a while ${unknown.count}: done ${unknown.settledDone}, refused ${unknown.settledRefused}, open ${unknown.open}`,
  );
  for (const [code, { count, settledDone, settledRefused, open }] of Object.entries(unknown.byCode)) {
    say(`  ${code} ×${count}: done ${settledDone}, refused ${settledRefused}, open ${open}`);
  }
  say(
    `counted: ${Object.entries(tally)
      .map(([what, count]) => `${what} ${count}`)
      .join(", ")}`,
  );
  say(
    `stored: ${report.events} events in ${report.commits} commits; told: ${report.told}; replicas: ${report.replicas}`,
  );
}

function printFaults({ faults, overlapping, byKind, skipped }: Report, say: (line: string) => void): void {
  say(`faults ${faults}, ${overlapping} of them with writes under way; worst wait of a write by kind, ms:`);
  for (const [kind, { count, overlapping: met, p50, p99, max }] of Object.entries(byKind)) {
    say(`  ${kind.padEnd(24)} ${String(count).padStart(4)} (${met})  p50 ${p50}  p99 ${p99}  max ${max}`);
  }
  for (const [kind, why] of Object.entries(skipped)) say(`  ${kind.padEnd(24)} skipped: ${why}`);
}
