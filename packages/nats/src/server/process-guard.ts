// Keeps servers, and their temporary directories, from outliving the process that started them. Invariant: every pid
// added here is killed, and every directory removed, when this process exits or dies by SIGINT, SIGTERM or SIGHUP. Not
// guaranteed after SIGKILL of this process: nothing runs then.
import { rmSync } from "node:fs";

const guarded = new Set<number>();
const directories = new Set<string>();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
let isInstalled = false;

/** Has `pid` killed when this process ends. */
export function guardProcess(pid: number): void {
  guarded.add(pid);
  if (isInstalled) return;
  isInstalled = true;
  process.on("exit", endGuarded);
  for (const signal of signals) process.on(signal, onSignal);
}

/** Forgets a process that has ended, so that a reused pid is never killed. The last one takes the handlers away. */
export function unguardProcess(pid: number): void {
  guarded.delete(pid);
  if (guarded.size > 0 || !isInstalled) return;
  isInstalled = false;
  process.off("exit", endGuarded);
  for (const signal of signals) process.off(signal, onSignal);
}

/** Has the directory removed when this process ends while a server still runs. */
export function guardDirectory(path: string): void {
  directories.add(path);
}

/** Forgets a directory that was removed. */
export function unguardDirectory(path: string): void {
  directories.delete(path);
}

function endGuarded(): void {
  for (const pid of guarded) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Already gone: that is what was wanted.
    }
  }
  for (const path of directories) {
    try {
      // Retried: a server that was killed this instant may still finish a write.
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    } catch {
      // A temporary directory that stays is no reason to disturb the end of a process.
    }
  }
}

// A listener switches off the signal's default, death. When the program listens too, it decides how to end (and the
// exit handler follows); when nobody else does, the default is carried out here.
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  endGuarded();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}
