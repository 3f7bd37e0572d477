// The commands of one session that are not known to be answered, in the order of their numbers. Numbers come and go nearly
// in order, so most of it happens at the two ends of a list.
import { isRoomy, type RememberedCommand, sizeOf, withoutOutcome } from "./command-rows.ts";

export class OpenCommands {
  /** Of each command; those that a command led to have its number too. */
  readonly #numbers: number[] = [];
  readonly #commands: (RememberedCommand | undefined)[] = [];
  /** Where they begin and end: the places around are free. */
  #first = 0;
  #end = 0;
  /** Outcomes below this place were given up, or are too short for that. */
  #roomyFrom = 0;

  get size(): number {
    return this.#end - this.#first;
  }

  values(): readonly RememberedCommand[] {
    return this.#commands.slice(this.#first, this.#end) as RememberedCommand[];
  }

  has(n: number): boolean {
    const i = this.#placeOf(n);
    return i < this.#end && this.#numbers[i] === n;
  }

  find(n: number, id: string): RememberedCommand | undefined {
    for (let i = this.#placeOf(n); i < this.#end && this.#numbers[i] === n; i++) {
      if (this.#commands[i]?.id === id) return this.#commands[i];
    }
    return undefined;
  }

  /** @returns by how much it takes more now */
  put(n: number, command: RememberedCommand): number {
    let i = this.#placeOf(n);
    for (; i < this.#end && this.#numbers[i] === n; i++) {
      const before = this.#commands[i] as RememberedCommand;
      if (before.id !== command.id) continue;
      this.#commands[i] = command; // in place of the part of it that was stored before
      this.#roomyFrom = Math.min(this.#roomyFrom, i);
      return sizeOf(command) - sizeOf(before);
    }
    i -= this.#makeRoom();
    if (i < this.#end) {
      this.#numbers.copyWithin(i + 1, i, this.#end);
      this.#commands.copyWithin(i + 1, i, this.#end);
    }
    this.#numbers[i] = n;
    this.#commands[i] = command;
    this.#roomyFrom = Math.min(this.#roomyFrom, i);
    this.#end++;
    return sizeOf(command);
  }

  /** @returns how much they took */
  forgetBelow(n: number): number {
    let bytes = 0;
    for (; this.#first < this.#end && (this.#numbers[this.#first] as number) < n; this.#first++) {
      bytes += sizeOf(this.#commands[this.#first] as RememberedCommand);
      this.#commands[this.#first] = undefined;
    }
    if (this.#first === this.#end) this.#first = this.#end = this.#roomyFrom = 0;
    return bytes;
  }

  /** The number behind the older quarter. */
  endOfQuarter(): number {
    return (this.#numbers[this.#first + Math.ceil(this.size / 4) - 1] ?? 0) + 1;
  }

  /** Gives up outcomes, oldest first, but for one command's. @returns how much less it takes, about `enough` */
  giveUpOutcomes(enough: number, except: string): number {
    let bytes = 0;
    let kept: number | undefined;
    let i = Math.max(this.#first, this.#roomyFrom);
    for (; i < this.#end && bytes < enough; i++) {
      const command = this.#commands[i] as RememberedCommand;
      if (!isRoomy(command)) continue;
      if (command.id === except) {
        kept = i;
        continue;
      }
      const rest = withoutOutcome(command);
      this.#commands[i] = rest;
      bytes += sizeOf(command) - sizeOf(rest);
    }
    this.#roomyFrom = kept ?? i;
    return bytes;
  }

  /** The first place of a number or of a higher one. */
  #placeOf(n: number): number {
    let end = this.#end;
    if (end === this.#first || n > (this.#numbers[end - 1] as number)) return end;
    let start = this.#first;
    while (start < end) {
      const middle = (start + end) >> 1;
      if ((this.#numbers[middle] as number) < n) start = middle + 1;
      else end = middle;
    }
    return start;
  }

  /** For one more: at the beginning, where half of the places are free, else the lists grow. @returns how far all have moved */
  #makeRoom(): number {
    if (this.#end < this.#numbers.length) return 0;
    const moved = this.#first;
    if (moved === 0 || moved < this.size) {
      this.#numbers.push(0);
      this.#commands.push(undefined);
      return 0;
    }
    this.#numbers.copyWithin(0, moved, this.#end);
    this.#commands.copyWithin(0, moved, this.#end);
    this.#first = 0;
    this.#end -= moved;
    this.#commands.fill(undefined, this.#end);
    this.#roomyFrom = Math.max(0, this.#roomyFrom - moved);
    return moved;
  }
}
