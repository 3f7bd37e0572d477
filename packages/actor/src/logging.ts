// Logging is a subscriber of system events, nothing more: the kernel itself never logs.
import { type Logger, pino } from "pino";
import type { LogLevel, SystemEvent, SystemEventBus, SystemEventType } from "./system-events.ts";

const levels: Partial<Record<SystemEventType, LogLevel>> = {
  "actor-failed": "error",
  "activation-failed": "error",
  "incarnation-lost": "warn",
  "dead-letter": "warn",
  "listener-failed": "error",
  "system-started": "info",
  "system-stopped": "info",
};

/** JSON lines on standard error at level `info`; `false` is silence. */
export function createLog(option: Logger | false | undefined, system: string): Logger {
  if (option === false) return pino({ level: "silent" });
  return (option ?? pino({ level: "info" }, pino.destination({ fd: 2, sync: true }))).child({ system });
}

/** Events whose publisher gives no level are `debug`, or `warn` when they carry an error. */
export function logSystemEvents(events: SystemEventBus, log: Logger): void {
  if (log.level === "silent") return;
  events.subscribe((event) => {
    const level = event.level ?? levels[event.type] ?? ("error" in event ? "warn" : "debug");
    if (log.isLevelEnabled(level)) log[level](fields(event), event.type);
  });
}

function fields(event: SystemEvent): Record<string, unknown> {
  const { type: _, level: _level, ...rest } = event;
  if (!("error" in rest)) return rest;
  const { error, ...others } = rest;
  return { ...others, err: error };
}
