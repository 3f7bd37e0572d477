// The official release of nats-server from GitHub. Invariant: nothing is unpacked whose SHA-256 is not the one that
// the release's own SHA256SUMS lists; a machine without a way to GitHub finds that out within seconds.
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { binaryName, reasonOf } from "./binary.ts";
import { runCommand } from "./command.ts";

/** The release that is downloaded: pinned, so that two machines get the same server. */
export const releaseVersion = "2.14.5";

const connectTimeoutMs = 5_000;
const downloadTimeoutMs = 120_000;
const releases = "https://github.com/nats-io/nats-server/releases/download";
const systems: Readonly<Record<string, string>> = { linux: "linux", darwin: "darwin", win32: "windows" };
const machines: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** What may be replaced in tests. */
export interface ReleaseOptions {
  readonly baseUrl?: string;
  readonly platform?: string;
  readonly arch?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Downloads, verifies and unpacks the release into `workDir`; resolves with the path of the binary. */
export async function unpackGithubRelease(workDir: string, options: ReleaseOptions = {}): Promise<string> {
  const name = assetName(options.platform ?? process.platform, options.arch ?? process.arch);
  const base = `${options.baseUrl ?? releases}/v${releaseVersion}`;
  const archive = `${name}${name.includes("windows") ? ".zip" : ".tar.gz"}`;
  const expected = checksumOf(archive, (await download(`${base}/SHA256SUMS`, options.signal)).toString("utf8"));
  const bytes = await download(`${base}/${archive}`, options.signal);
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== expected) throw new Error(`${archive} has SHA-256 ${actual}, but the release lists ${expected}`);
  await writeFile(join(workDir, archive), bytes);
  // The archive's own name, not its path: GNU tar reads "C:\…" as a remote host. bsdtar (Windows) also unpacks zip.
  await runCommand("tar", ["-xf", archive], { cwd: workDir, signal: options.signal });
  return join(workDir, name, binaryName);
}

function assetName(platform: string, arch: string): string {
  const system = systems[platform];
  const machine = machines[arch];
  if (system === undefined || machine === undefined) throw new Error(`no release for ${platform} on ${arch}`);
  return `nats-server-v${releaseVersion}-${system}-${machine}`;
}

function checksumOf(archive: string, sums: string): string {
  const line = sums.split("\n").find((entry) => entry.trim().split(/[\s*]+/)[1] === archive);
  const checksum = line?.trim().split(/\s+/)[0];
  if (checksum === undefined) throw new Error(`SHA256SUMS of v${releaseVersion} does not list ${archive}`);
  return checksum.toLowerCase();
}

async function download(url: string, stop: AbortSignal | undefined): Promise<Buffer> {
  const giveUp = new AbortController();
  // fetch has no connect timeout of its own choosing: this one runs until the headers are there.
  const timer = setTimeout(() => giveUp.abort(new Error(`no answer within ${connectTimeoutMs} ms`)), connectTimeoutMs);
  try {
    const signal = AbortSignal.any([
      giveUp.signal,
      AbortSignal.timeout(downloadTimeoutMs),
      ...(stop === undefined ? [] : [stop]),
    ]);
    const response = await fetch(url, { signal });
    clearTimeout(timer);
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? `: ${reasonOf(error.cause)}` : "";
    throw new Error(`${url} cannot be downloaded: ${reasonOf(error)}${cause}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
