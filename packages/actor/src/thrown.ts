// Anything can be thrown, also what throws again when it is looked at.

/** What was thrown in a few words. Anything can be thrown, also what cannot be made into text: it must not throw again. */
export function describeError(thrown: unknown, hasName = false): string {
  try {
    if (!(thrown instanceof Error)) return String(thrown);
    const { name, message } = thrown;
    return [...(hasName ? [name] : []), message].join(": "); // throws for a symbol too
  } catch {
    return "something that cannot be made into text";
  }
}

/** What was thrown, or an error in its place where looking at it throws. */
export function readable(thrown: unknown): unknown {
  try {
    const text = thrown instanceof Error ? `${thrown.name}${thrown.message}${thrown.stack}` : String(thrown);
    return text === undefined ? undefined : thrown;
  } catch {
    return new TypeError("what was thrown cannot be looked at, or not be made into text");
  }
}
