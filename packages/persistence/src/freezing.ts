// Events are facts: once folded, nobody may change them, not even through a reference that was kept.

export function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return; // bytes cannot be frozen
  Object.freeze(value);
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    if (typeof member === "object") deepFreeze(member);
  }
}
