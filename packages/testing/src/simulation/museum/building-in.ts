// A loader that builds one bug into one file as that is loaded, from what was built. Production code has no switch for it. Invariant: a bug that
// finds nothing to break is an error, not a run of sound code.
import { fileURLToPath } from "node:url";
import type { Bug } from "./bug.ts";

interface Loaded {
  readonly format: string;
  readonly source?: string | ArrayBuffer | Uint8Array | null;
}

let bug: Bug | undefined;

export function initialize(data: Bug): void {
  bug = data;
}

export async function load(
  url: string,
  context: unknown,
  next: (url: string, context: unknown) => Promise<Loaded>,
): Promise<Loaded> {
  const loaded = await next(url, context);
  if (bug === undefined || !url.startsWith("file:") || !isIn(fileURLToPath(url), bug.file)) return loaded;
  const source = Buffer.from(loaded.source as Uint8Array).toString("utf8");
  return { ...loaded, source: builtIn(bug, source) };
}

/** The source with the bug in it. @throws Error when it is not there exactly once what the bug replaces */
export function builtIn({ name, file, find, replace }: Bug, source: string): string {
  // Lines are broken elsewhere in what was built.
  const pattern = find.split(/\s+/).map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  const places = [...source.matchAll(new RegExp(pattern.join(String.raw`\s+`), "g"))];
  const [place] = places;
  if (place === undefined || places.length > 1)
    throw new Error(`the bug "${name}" finds ${places.length} places in ${file}`);
  return source.slice(0, place.index) + replace + source.slice(place.index + place[0].length);
}

/** Whether a file that is loaded is that one as it was built, or its source. */
function isIn(path: string, file: string): boolean {
  return path.endsWith(`/${file.replace("/src/", "/dist/").replace(/\.ts$/, ".js")}`) || path.endsWith(`/${file}`);
}
