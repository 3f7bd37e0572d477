// The cached copy of the server: one file under node_modules/.cache/aether. Invariant: the file is complete whenever
// it is visible; it is unpacked beside its place and renamed into it, so that a second process sees all or nothing.
import { chmod, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { binaryName, checkBinary } from "./binary.ts";

/**
 * Where binaries are kept unless the caller says otherwise: `.cache/aether` in the nearest `node_modules` upwards that
 * holds installed packages (a test runner may leave an empty one in a package), else the home directory's cache.
 */
export async function defaultCacheDir(from: string = import.meta.dirname): Promise<string> {
  for (let dir = from; ; dir = dirname(dir)) {
    const modules = basename(dir) === "node_modules" ? dir : join(dir, "node_modules");
    if (await isDirectory(join(modules, "@nats-io"))) return join(modules, ".cache", "aether");
    if (dirname(dir) === dir) return join(homedir(), ".cache", "aether");
  }
}

/** The path of the cached binary in `cacheDir`, whether it exists or not. */
export function cachedBinary(cacheDir: string): string {
  return join(cacheDir, binaryName);
}

/** A binary that a download step has unpacked and this module has checked and put into its place. */
export interface InstalledBinary {
  readonly path: string;
  readonly version: string;
}

/**
 * Gives `unpack` an empty directory on the cache's own file system; the binary whose path it returns is checked and
 * then renamed into place. The directory is gone afterwards, also on failure.
 */
export async function installBinary(
  cacheDir: string,
  unpack: (workDir: string) => Promise<string>,
): Promise<InstalledBinary> {
  await mkdir(cacheDir, { recursive: true });
  const workDir = await mkdtemp(join(cacheDir, "unpacking-"));
  try {
    const unpacked = await unpack(workDir);
    await chmod(unpacked, 0o755);
    const version = await checkBinary(unpacked);
    await rename(unpacked, cachedBinary(cacheDir));
    return { path: cachedBinary(cacheDir), version };
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
