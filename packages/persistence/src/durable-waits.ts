// Who waits for a version to be stored: `await this.durable()`.
interface Wait {
  readonly version: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class DurableWaits {
  #waits: Wait[] = [];

  until(version: number): Promise<void> {
    return new Promise((resolve, reject) => void this.#waits.push({ version, resolve, reject }));
  }

  stored(version: number): void {
    if (this.#waits.length === 0) return;
    const waits = this.#waits;
    this.#waits = waits.filter((wait) => wait.version > version);
    for (const wait of waits) if (wait.version <= version) wait.resolve();
  }

  /** @param failure is asked for only where somebody waits: an error costs more than the rest of an actor's end */
  fail(failure: () => Error): void {
    if (this.#waits.length === 0) return;
    const error = failure();
    for (const wait of this.#waits) wait.reject(error);
    this.#waits = [];
  }
}
