// The commands that one start of a system sends, numbered. Whoever does them learns with each one below which number all
// are answered, and may forget those: so exactly the commands that could still be repeated are remembered.
import { base36 } from "./base36.ts";
import { sessionStem } from "./command-id.ts";

export class Session {
  readonly id: string;
  readonly #stem: string;
  #last = 0;
  #lowest = 1;
  /** Answered out of order: numbers above the lowest unanswered one. */
  readonly #answered = new Set<number>();

  constructor(id: string) {
    this.id = id;
    this.#stem = sessionStem(id);
  }

  /** The lowest number that is not answered yet. */
  get lowestUnanswered(): number {
    return this.#lowest;
  }

  /** Numbers a new command. */
  begin(): number {
    return ++this.#last;
  }

  commandId(n: number): string {
    return this.#stem + base36(n);
  }

  /** Nobody waits for this one any more: answered, or given up. */
  end(n: number): void {
    if (n !== this.#lowest) {
      this.#answered.add(n);
      return;
    }
    do this.#lowest++;
    while (this.#answered.delete(this.#lowest));
  }
}
