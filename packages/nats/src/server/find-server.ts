// Finds a nats-server binary: the one that was asked for, one that is there, or one that can be fetched, in that order.
// Invariant: what is returned has printed a version that this package accepts; a step that fails says why and the next
// is tried, except for NATS_SERVER, which is an explicit wish and never silently replaced.
import { delimiter, join } from "node:path";
import { ServerNotFound, ServerTooOld } from "../errors.ts";
import { minimumServerVersion } from "../version.ts";
import { unpackDebianPackage } from "./apt.ts";
import { binaryName, checkBinary, isExecutable, reasonOf } from "./binary.ts";
import { cachedBinary, defaultCacheDir, installBinary } from "./cache.ts";
import { unpackGithubRelease } from "./github.ts";

/** Options of {@link findNatsServer}. */
export interface FindNatsServerOptions {
  /** Where `NATS_SERVER` and `PATH` are read. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Where a downloaded binary is kept. @default `.cache/aether` in the nearest `node_modules` upwards */
  readonly cacheDir?: string;
  /** Gets one line per step: what is tried, and why it failed. @default nothing is logged */
  readonly log?: (line: string) => void;
  /** Ends the search, with all that it started. @default it is not ended early */
  readonly signal?: AbortSignal;
}

/** A binary that was asked for its version. */
export interface FoundNatsServer {
  readonly path: string;
  /** `x.y.z`, not older than 2.12.7. */
  readonly version: string;
  readonly source: "env" | "path" | "cache" | "github" | "apt";
}

/** The parts that tests replace: everything that leaves this machine. */
export interface Downloads {
  readonly github: (workDir: string, options: { readonly signal?: AbortSignal | undefined }) => Promise<string>;
  readonly apt: (workDir: string, options: { readonly signal?: AbortSignal | undefined }) => Promise<string>;
}

type Step = () => Promise<Omit<FoundNatsServer, "source">>;

/**
 * Looks at `NATS_SERVER`, `PATH` and the cache, then downloads the official GitHub release, then Debian's package.
 * @throws ServerNotFound (NATS_SERVER_NOT_FOUND) with the reason of every step; also when NATS_SERVER names no server
 * @throws ServerTooOld (NATS_SERVER_TOO_OLD) when NATS_SERVER names an older one; the signal's reason
 */
export async function findNatsServer(options: FindNatsServerOptions = {}): Promise<FoundNatsServer> {
  return findWith({ github: unpackGithubRelease, apt: unpackDebianPackage }, options);
}

/** {@link findNatsServer} with its downloads given. Internal, for tests. */
export async function findWith(downloads: Downloads, options: FindNatsServerOptions): Promise<FoundNatsServer> {
  const { env = process.env, log = () => {}, signal } = options;
  const wished = env["NATS_SERVER"];
  if (wished !== undefined && wished !== "") return { path: wished, version: await checkWish(wished), source: "env" };
  const cacheDir = options.cacheDir ?? (await defaultCacheDir());
  const steps: ReadonlyArray<readonly [FoundNatsServer["source"], string, Step]> = [
    ["path", "PATH", () => findOnPath(env)],
    ["cache", "cache", () => checked(cachedBinary(cacheDir))],
    ["github", "GitHub release", () => installBinary(cacheDir, (workDir) => downloads.github(workDir, { signal }))],
    ["apt", "Debian package", () => installBinary(cacheDir, (workDir) => downloads.apt(workDir, { signal }))],
  ];
  const reasons: string[] = [];
  for (const [source, label, step] of steps) {
    signal?.throwIfAborted();
    try {
      const found = { ...(await step()), source };
      log(`nats-server ${found.version} (${label}): ${found.path}`);
      return found;
    } catch (error) {
      signal?.throwIfAborted();
      reasons.push(`${label}: ${reasonOf(error)}`);
      log(`nats-server not from ${label}: ${reasonOf(error)}`);
    }
  }
  throw new ServerNotFound(
    `no nats-server ${minimumServerVersion} or newer was found. Install one (https://github.com/nats-io/nats-server/releases) ` +
      `and put it on PATH or name it in NATS_SERVER. Tried:\n${reasons.map((reason) => `  - ${reason}`).join("\n")}`,
  );
}

async function checkWish(path: string): Promise<string> {
  try {
    return await checkBinary(path);
  } catch (error) {
    const message = `NATS_SERVER cannot be used: ${reasonOf(error)}. Point it at a newer one or unset it`;
    throw error instanceof ServerTooOld
      ? new ServerTooOld(message, { cause: error })
      : new ServerNotFound(message, { cause: error });
  }
}

async function findOnPath(env: NodeJS.ProcessEnv): Promise<Omit<FoundNatsServer, "source">> {
  const reasons: string[] = [];
  for (const dir of (env["PATH"] ?? env["Path"] ?? "").split(delimiter)) {
    const path = join(dir, binaryName);
    if (dir === "" || !(await isExecutable(path))) continue;
    try {
      return await checked(path);
    } catch (error) {
      reasons.push(reasonOf(error));
    }
  }
  throw new Error(reasons.length === 0 ? `no ${binaryName} there` : reasons.join("; "));
}

async function checked(path: string): Promise<Omit<FoundNatsServer, "source">> {
  return { path, version: await checkBinary(path) };
}
