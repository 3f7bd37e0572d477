// Lives of a process with an embedded store: each ends by `kill -9` or a power cut, some meet a full disk, and behind each a
// damaged copy of the store is opened.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Child } from "../child.ts";
import type { Disk } from "../disk.ts";
import type { Disturbed } from "../disturbing.ts";
import { between } from "../faults/fault.ts";
import { machineNow } from "../history.ts";
import type { SoakOptions } from "../options.ts";
import type { Chance } from "../workload.ts";
import type { Witness } from "../witness.ts";
import { damageCopy } from "./damaging.ts";
import type { EmbeddedArgument } from "./embedded-main.ts";
import type { Inspected, InspectingArgument } from "./inspecting-main.ts";
import type { Inspection } from "./inspections.ts";

export interface RoundsParts {
  readonly options: SoakOptions;
  readonly dir: string;
  /** Of the store. */
  readonly directory: string;
  readonly disk: Disk | undefined;
  readonly chance: Chance;
  readonly witness: Witness;
  readonly say: (line: string) => void;
}

export class Rounds {
  readonly historyPaths: string[] = [];
  readonly faults: Disturbed[] = [];
  readonly inspections: Inspection[] = [];
  readonly #parts: RoundsParts;
  #child: Child | undefined;

  constructor(parts: RoundsParts) {
    this.#parts = parts;
  }

  async run(untilMs: number, signal: AbortSignal): Promise<void> {
    const { chance } = this.#parts;
    while (machineNow() < untilMs && !signal.aborted) {
      this.#child = this.#fork();
      await this.#child.ready();
      await delay(between(chance, 300, 3_000));
      if (this.#parts.disk !== undefined && chance() < 0.25) await this.#fault("disk-full", () => this.#fillDisk());
      const isCut = this.#parts.disk?.whyNoCut === undefined && this.#parts.disk !== undefined && chance() < 0.3;
      if (isCut) await this.#fault("power-cut", () => this.#cutPower());
      else await this.#fault("kill-process", () => this.#kill());
      await this.#inspect();
    }
    // The last life ends in order.
    this.#child = this.#fork();
    await this.#child.ready();
    if (await this.#child.stop()) this.#parts.witness.crash("the process did not end when told to");
  }

  async end(): Promise<void> {
    await this.#child?.kill();
  }

  async #fault(kind: string, strike: () => Promise<void>): Promise<void> {
    const from = machineNow();
    await strike();
    this.faults.push({ kind, from, to: machineNow(), hit: "the process" });
  }

  async #kill(): Promise<void> {
    await this.#child?.kill();
  }

  async #fillDisk(): Promise<void> {
    const { disk, chance } = this.#parts;
    await disk?.fill();
    await delay(between(chance, 200, 1_500));
    await disk?.free();
    await delay(between(chance, 0, 500));
  }

  async #cutPower(): Promise<void> {
    this.#child?.pause();
    await this.#parts.disk?.copy();
    await this.#child?.kill();
    await this.#parts.disk?.swap();
  }

  async #inspect(): Promise<void> {
    const { options, dir, directory, chance, say } = this.#parts;
    const at = machineNow();
    const copy = join(dir, "damaged");
    const damage = damageCopy(directory, copy, chance);
    if (damage === undefined) return;
    const answerPath = join(dir, "inspected.json");
    rmSync(answerPath, { force: true });
    const wallets = Array.from({ length: options.wallets }, (_, i) => `w${i}`);
    const argument: InspectingArgument = { directory: copy, wallets, answerPath };
    const child = new Child({ ...this.#place, name: "inspector", main: "embedded/inspecting-main", argument });
    await child.ready();
    await child.kill();
    const shown = JSON.parse(readFileSync(answerPath, "utf8")) as Inspected[];
    const ended = this.faults.at(-1)?.kind;
    this.inspections.push({ at, damage, hasIndex: ended === "kill-process", shown });
    say(`${ended}; then a copy with a ${damage.kind} in ${damage.where}`);
  }

  #fork(): Child {
    const { options, dir, directory } = this.#parts;
    const life = this.historyPaths.length + 1;
    const historyPath = join(dir, `life-${life}.jsonl`);
    const { wallets, workers, seed } = options;
    const argument: EmbeddedArgument = {
      directory,
      wallets,
      workers,
      historyPath,
      client: `life-${life}`,
      inherits: this.historyPaths.at(-1),
      seed: seed * 1_000 + life,
    };
    this.historyPaths.push(historyPath);
    return new Child({ ...this.#place, name: "process", main: "embedded/embedded-main", argument });
  }

  get #place(): { host: undefined; onSaid: (said: Parameters<Witness["hear"]>[1]) => void } {
    return { host: undefined, onSaid: (said) => this.#parts.witness.hear("process", said) };
  }
}
