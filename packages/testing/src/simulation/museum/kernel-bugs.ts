// Bugs in the kernel: what leaves a turn, and when.
import type { Bug } from "./bug.ts";

export const kernelBugs: readonly Bug[] = [
  {
    name: "activation-goes-on-where-its-place-is-no-more",
    file: "actor/src/leaving.ts",
    find: "if (!hasBegun(cell) || isComingInVain(cell, how)) return",
    replace: "if (!hasBegun(cell)) return",
  },
  {
    name: "reply-before-the-gate",
    file: "actor/src/gate.ts",
    find: "return this.waiting === 0 && version <= this.durable && this.#granted();",
    replace: "return true;",
  },
  {
    name: "gate-without-a-version",
    file: "actor/src/gate.ts",
    find: "if (output.version > this.durable || !this.#granted()) return this.#compact();",
    replace: "if (!this.#granted()) return this.#compact();",
  },
  {
    name: "gate-without-a-lease",
    file: "actor/src/gate.ts",
    find: "return this.#permit === undefined || this.#permit.granted();",
    replace: "return true;",
  },
  {
    name: "nested-ids-that-change",
    file: "actor/src/command-id.ts",
    find: "const id = `${stem(parent, kind)}/${ordinal}`;",
    replace: "const id = `~~${Math.random()}${stem(parent, kind)}/${ordinal}`;",
  },
  {
    name: "nested-ids-without-an-ordinal",
    file: "actor/src/command-id.ts",
    find: "const id = `${stem(parent, kind)}/${ordinal}`;",
    replace: "const id = `${stem(parent.slice(0, 3), kind)}/${ordinal}`;",
  },
  {
    name: "timer-of-a-turn-that-was-thrown-away",
    file: "actor/src/context.ts",
    find: "cell.ownAgenda().add(new TimerChange(cell, name, timer));",
    replace: "new TimerChange(cell, name, timer).occur();",
  },
  {
    name: "work-that-does-not-wait-for-its-commit",
    file: "actor/src/context.ts",
    find: "this.#cell.ownAgenda().add(runOutside(this.#cell, { work, onDone, onFailed }));",
    replace: "runOutside(this.#cell, { work, onDone, onFailed }).occur();",
  },
  {
    name: "timer-fires-for-good",
    file: "actor/src/actor-timers.ts",
    find: "this.#cell.ties?.timers?.delete(this.#name);\n    return this.#task();",
    replace: "this.start(50); return this.#task();",
  },
];
