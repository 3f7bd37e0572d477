// Logging is a subscriber of system events, nothing more: the kernel itself never logs.
import { type Logger, pino } from "pino";
import type { Clock } from "./clock.ts";
import type { LogLevel, SystemEvent, SystemEventBus, SystemEventType } from "./system-events.ts";

const levels: Partial<Record<SystemEventType, LogLevel>> = {
  "actor-activated": "debug",
  "actor-passivated": "debug",
  "actor-stopped": "debug",
  "actor-failed": "error",
  "actor-escalated": "error",
  "activation-failed": "error",
  "hook-failed": "error",
  "work-failed": "error",
  "incarnation-lost": "warn",
  "dead-letter": "warn",
  "listener-failed": "error",
  "system-started": "info",
  "system-stopped": "info",
  "stop-held-up": "error",
};
/** Lines of one type in one second; an overload makes more facts than anybody reads. */
const linesPerSecond = 20;

/** JSON lines on standard error at level `info`; `false` is silence. Every line says once which system it is about. */
export function createLog(option: Logger | false | undefined, system: string): Logger {
  if (option === false) return pino({ level: "silent" });
  const log = option ?? pino({ level: "info" }, pino.destination({ fd: 2, sync: true }));
  return "system" in log.bindings() ? log : log.child({ system });
}

/** Events whose publisher gives no level are `debug`, or `warn` when they carry an error. */
export function logSystemEvents(events: SystemEventBus, log: Logger, clock: Clock): void {
  if (log.level === "silent") return;
  const throttle = new Throttle(clock);
  events.subscribe((event) => {
    const level = event.level ?? levels[event.type] ?? ("error" in event ? "warn" : "debug");
    if (!log.isLevelEnabled(level)) return;
    const left = throttle.pass(event.type);
    if (left === undefined) return;
    log[level](left > 0 ? { ...fields(event), leftOut: left } : fields(event), event.type);
  }, passing(log));
}

/** Which types the log lets through, worked out once for each level that it has: it is asked at every activation. */
function passing(log: Logger): (type: SystemEventType) => boolean {
  let levelThen: number | undefined;
  const known = new Map<SystemEventType, boolean>();
  return (type) => {
    const { levelVal } = log;
    if (levelVal !== levelThen) known.clear();
    levelThen = levelVal;
    let passes = known.get(type);
    if (passes === undefined) {
      passes = levels[type] === undefined || log.isLevelEnabled(levels[type]);
      known.set(type, passes);
    }
    return passes;
  };
}

/** Lets through so many of a kind a second, and counts the others. */
class Throttle {
  readonly #clock: Clock;
  readonly #kinds = new Map<string, { since: number; passed: number; leftOut: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many were left out before this one; `undefined` where this one is left out too. */
  pass(kind: string): number | undefined {
    const now = this.#clock.now();
    let seen = this.#kinds.get(kind);
    if (seen === undefined || now - seen.since >= 1_000) {
      const leftOut = seen?.leftOut ?? 0;
      seen = { since: now, passed: 1, leftOut: 0 };
      this.#kinds.set(kind, seen);
      return leftOut;
    }
    if (seen.passed >= linesPerSecond) {
      seen.leftOut++;
      return undefined;
    }
    seen.passed++;
    return 0;
  }
}

/** What the line has already is left out; what was thrown stands where pino looks for it. */
function fields(event: SystemEvent): Record<string, unknown> {
  const { type: _, level: _level, system: _system, ...rest } = event as Record<string, unknown>;
  const thrown = "error" in rest ? "error" : "cause";
  const { [thrown]: err, ...others } = rest;
  return err === undefined ? others : { ...others, err };
}
