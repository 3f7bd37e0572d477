// The commands of one session that are not known to be answered, in the order of their numbers. Numbers come and go nearly
// in order, so most of it happens at the two ends of a list.
import { isRoomy, type RememberedCommand, sizeOf, withoutOutcome } from "./command-rows.ts";

/** Places of forgotten commands are given up when there are so many, and as many as others. */
const minForgotten = 256;

export class OpenCommands {
  /** Of each command; those that a command led to have its number too. */
  readonly #numbers: number[] = [];
  readonly #commands: RememberedCommand[] = [];
  /** What stands before it is forgotten. */
  #first = 0;

  get size(): number {
    return this.#numbers.length - this.#first;
  }

  values(): readonly RememberedCommand[] {
    return this.#commands.slice(this.#first);
  }

  has(n: number): boolean {
    return this.#numbers[this.#placeOf(n)] === n;
  }

  find(n: number, id: string): RememberedCommand | undefined {
    for (let i = this.#placeOf(n); this.#numbers[i] === n; i++) {
      const command = this.#commands[i] as RememberedCommand;
      if (command.id === id) return command;
    }
    return undefined;
  }

  /** @returns by how much it takes more now */
  put(n: number, command: RememberedCommand): number {
    let i = this.#placeOf(n);
    for (; this.#numbers[i] === n; i++) {
      const before = this.#commands[i] as RememberedCommand;
      if (before.id !== command.id) continue;
      this.#commands[i] = command; // in place of the part of it that was stored before
      return sizeOf(command) - sizeOf(before);
    }
    if (i === this.#numbers.length) {
      this.#numbers.push(n);
      this.#commands.push(command);
    } else {
      this.#numbers.splice(i, 0, n);
      this.#commands.splice(i, 0, command);
    }
    return sizeOf(command);
  }

  /** @returns how much they took */
  forgetBelow(n: number): number {
    let bytes = 0;
    for (; this.#first < this.#numbers.length && (this.#numbers[this.#first] as number) < n; this.#first++) {
      bytes += sizeOf(this.#commands[this.#first] as RememberedCommand);
    }
    if (this.#first >= minForgotten && this.#first >= this.size) {
      this.#numbers.splice(0, this.#first);
      this.#commands.splice(0, this.#first);
      this.#first = 0;
    }
    return bytes;
  }

  /** The number behind the older quarter. */
  endOfQuarter(): number {
    return (this.#numbers[this.#first + Math.ceil(this.size / 4) - 1] ?? 0) + 1;
  }

  /** Gives up outcomes, oldest first, but for one command's. @returns how much less it takes, up to `enough` */
  giveUpOutcomes(enough: number, except: string): number {
    let bytes = 0;
    for (let i = this.#first; i < this.#commands.length && bytes < enough; i++) {
      const command = this.#commands[i] as RememberedCommand;
      if (!isRoomy(command) || command.id === except) continue;
      const rest = withoutOutcome(command);
      this.#commands[i] = rest;
      bytes += sizeOf(command) - sizeOf(rest);
    }
    return bytes;
  }

  /** The first place of a number or of a higher one. */
  #placeOf(n: number): number {
    let end = this.#numbers.length;
    if (end === this.#first || n > (this.#numbers[end - 1] as number)) return end;
    let start = this.#first;
    while (start < end) {
      const middle = (start + end) >> 1;
      if ((this.#numbers[middle] as number) < n) start = middle + 1;
      else end = middle;
    }
    return start;
  }
}
