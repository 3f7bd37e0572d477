// How errors name a value that they refuse: never its contents where it has many, and without running code of its own.

/** What stands where a value of a range is wanted. */
export function shown(value: unknown): string {
  return typeof value === "string"
    ? JSON.stringify(value)
    : typeof value === "number"
      ? String(value)
      : describe(value);
}

/** A wrong argument as errors name it: its type, and its value where that is short and harmless. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === "number" || typeof value === "boolean") return `the ${typeof value} ${String(value)}`;
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
