// Typed tokens by which plugins find each other: who provides is checked at start, never guessed at run time.

declare const provides: unique symbol;

export interface Port<T> {
  readonly name: string;
  readonly [provides]?: (value: T) => T;
}

/** Makes a token. Two tokens are the same port only if they are the same object. */
export function port<T>(name: string): Port<T> {
  return Object.freeze({ name });
}
