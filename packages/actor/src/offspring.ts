// The living children of one actor, in the order in which they were spawned: a list through the cells themselves, since a
// parent may have a million of them. Names that were chosen are looked up; those that the kernel gives are numbers.
import { checkId } from "./address.ts";
import type { Cell } from "./cell.ts";

export class Offspring {
  #youngest: Cell | undefined;
  #count = 0;
  #given = 0;
  #named: Set<string> | undefined;

  get count(): number {
    return this.#count;
  }

  /** A name for the next child, or the check of one that was chosen. @throws InvalidActorId, TypeError when it is taken or all digits */
  nameFor(chosen: string | undefined): string | number {
    if (chosen === undefined) return ++this.#given;
    checkId(chosen);
    if (/^\d+$/.test(chosen))
      throw new TypeError(`spawn: name "${chosen}" is refused; the kernel gives names of digits.`);
    if (this.#named?.has(chosen) === true) throw new TypeError(`spawn: there is a child "${chosen}" already.`);
    return chosen;
  }

  /** @param name what was chosen for it, if anything was */
  add(child: Cell, name: string | undefined): void {
    if (name !== undefined) (this.#named ??= new Set()).add(name);
    child.older = this.#youngest;
    if (this.#youngest !== undefined) this.#youngest.younger = child;
    this.#youngest = child;
    this.#count++;
  }

  remove(child: Cell): void {
    const { older, younger } = child;
    if (younger === undefined) this.#youngest = older;
    else younger.older = older;
    if (older !== undefined) older.younger = younger;
    child.older = child.younger = undefined;
    this.#count--;
    if (this.#named !== undefined) this.#named.delete(child.address.id);
  }

  /** The youngest first; those that are removed meanwhile do no harm. */
  list(): Cell[] {
    const all: Cell[] = [];
    for (let child = this.#youngest; child !== undefined; child = child.older) all.push(child);
    return all;
  }
}
