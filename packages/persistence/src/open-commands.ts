// The commands of one session that are not known to be answered, in the order of their numbers. Numbers come and go nearly
// in order, so most of it happens at the two ends of a list.
import { isRoomy, type RememberedCommand, sizeOf, withoutOutcome } from "./command-rows.ts";

export class OpenCommands {
  /** Of each command; those that a command led to have its number too. */
  readonly #numbers: number[] = [];
  readonly #commands: (RememberedCommand | undefined)[] = [];
  /** Of each command, so that it need not be fetched into the cache to be forgotten. */
  readonly #sizes: number[] = [];
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
      if (this.#commands[i]?.id === command.id) return this.#replace(i, command);
    }
    i -= this.#makeRoom();
    for (let j = this.#end; j > i; j--) this.#move(j - 1, j);
    const size = sizeOf(command);
    this.#numbers[i] = n;
    this.#commands[i] = command;
    this.#sizes[i] = size;
    this.#roomyFrom = Math.min(this.#roomyFrom, i);
    this.#end++;
    return size;
  }

  /** A part of it was stored before. @returns by how much it takes more now */
  #replace(i: number, command: RememberedCommand): number {
    const before = this.#sizes[i] as number;
    const size = sizeOf(command);
    this.#commands[i] = command;
    this.#sizes[i] = size;
    this.#roomyFrom = Math.min(this.#roomyFrom, i);
    return size - before;
  }

  /** @returns how much they took */
  forgetBelow(n: number): number {
    let bytes = 0;
    for (; this.#first < this.#end && (this.#numbers[this.#first] as number) < n; this.#first++) {
      bytes += this.#sizes[this.#first] as number;
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
      const size = sizeOf(rest);
      bytes += (this.#sizes[i] as number) - size;
      this.#commands[i] = rest;
      this.#sizes[i] = size;
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
      this.#sizes.push(0);
      return 0;
    }
    const end = this.#end;
    for (let i = moved; i < end; i++) this.#move(i, i - moved);
    this.#first = 0;
    this.#end -= moved;
    for (let i = Math.max(moved, this.#end); i < end; i++) this.#commands[i] = undefined;
    this.#roomyFrom = Math.max(0, this.#roomyFrom - moved);
    return moved;
  }

  /** By hand: V8's `copyWithin` looks for holes. */
  #move(from: number, to: number): void {
    this.#numbers[to] = this.#numbers[from] as number;
    this.#commands[to] = this.#commands[from];
    this.#sizes[to] = this.#sizes[from] as number;
  }
}
