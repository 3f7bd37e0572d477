// The server versions that this package accepts. Both doors use it: the launcher before it starts a binary, the link
// after it has connected. Invariant: nothing older than `minimumServerVersion` is ever worked with.

/** The oldest nats-server accepted. Older ones silently ignore stream options and have known security holes. */
export const minimumServerVersion = "2.12.7";

/** The first `x.y.z` in a text such as `nats-server: v2.15.1`, or undefined when there is none. */
export function parseServerVersion(text: string): string | undefined {
  return /(\d+)\.(\d+)\.(\d+)/.exec(text)?.[0];
}

/** Whether `version` (`x.y.z`, a pre-release suffix is ignored) is `minimum` or newer; false when it cannot be read. */
export function isServerVersionAtLeast(version: string, minimum: string = minimumServerVersion): boolean {
  const actual = parseServerVersion(version)?.split(".").map(Number);
  if (actual === undefined) return false;
  const wanted = minimum.split(".").map(Number);
  for (let i = 0; i < 3; i++) {
    const difference = (actual[i] ?? 0) - (wanted[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
