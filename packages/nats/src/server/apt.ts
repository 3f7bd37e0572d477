// Debian's own package of nats-server, fetched with the machine's apt but installed nowhere. Invariant: apt works on a
// private directory only (its state, cache and sources), so that neither root nor a change to the system is needed.
import { access, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AptSource, sidSources } from "./apt-sources.ts";
import { isExecutable, reasonOf } from "./binary.ts";
import { runCommand } from "./command.ts";

const packageName = "nats-server";

/** Downloads and unpacks Debian's `sid` package into `workDir`; resolves with the path of the binary. */
export async function unpackDebianPackage(
  workDir: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  if (process.platform !== "linux") throw new Error("apt is there on Debian and Ubuntu only");
  const reasons: string[] = [];
  for (const [index, source] of (await sidSources()).slice(0, 3).entries()) {
    signal?.throwIfAborted();
    try {
      const dir = join(workDir, String(index));
      await downloadFrom(source, dir, signal);
      return await unpack(dir);
    } catch (error) {
      reasons.push(`${source.uri}: ${reasonOf(error)}`);
    }
  }
  throw new Error(reasons.join("; "));
}

async function downloadFrom(source: AptSource, dir: string, signal: AbortSignal | undefined): Promise<void> {
  const { signedBy } = source;
  if (signedBy?.startsWith("/") === true && !(await hasKeyring(signedBy))) {
    throw new Error(`its keyring ${signedBy} is missing; install the package debian-archive-keyring`);
  }
  await mkdir(join(dir, "state", "lists", "partial"), { recursive: true });
  await mkdir(join(dir, "cache", "archives", "partial"), { recursive: true });
  await writeFile(join(dir, "status"), "");
  await writeFile(join(dir, "sid.sources"), stanza(source));
  await writeFile(join(dir, "apt.conf"), configuration(dir));
  const config = ["-c", join(dir, "apt.conf")];
  await runCommand("apt-get", [...config, "--error-on=any", "update"], { timeoutMs: 60_000, signal });
  await runCommand("apt-get", [...config, "download", packageName], { cwd: dir, timeoutMs: 120_000, signal });
}

async function unpack(dir: string): Promise<string> {
  const archive = (await readdir(dir)).find((name) => name.endsWith(".deb"));
  if (archive === undefined) throw new Error(`apt-get download left no ${packageName}_*.deb`);
  await runCommand("dpkg-deb", ["-x", join(dir, archive), join(dir, "root")]);
  for (const place of ["usr/sbin", "usr/bin"]) {
    const path = join(dir, "root", place, "nats-server");
    if (await isExecutable(path)) return path;
  }
  throw new Error(`${archive} holds no nats-server`);
}

function stanza(source: AptSource): string {
  const signed = source.signedBy === undefined ? "" : `Signed-By: ${source.signedBy}\n`;
  return `Types: deb\nURIs: ${source.uri}\nSuites: sid\nComponents: main\n${signed}`;
}

// The machine's own settings (proxies) stay in force; hooks are cleared, since they touch the system and fail without root.
function configuration(dir: string): string {
  const cleared = ["APT::Update::Pre-Invoke", "APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success"];
  const settings: Readonly<Record<string, string>> = {
    "Dir::State": join(dir, "state"),
    "Dir::State::status": join(dir, "status"),
    "Dir::Cache": join(dir, "cache"),
    "Dir::Etc::sourcelist": join(dir, "sid.sources"),
    "Dir::Etc::sourceparts": "-",
    "Dir::Etc::preferences": "-",
    "Dir::Etc::preferencesparts": "-",
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    "Acquire::PDiffs": "false",
    "Acquire::Retries": "1",
    "Acquire::http::Timeout": "10",
    "Acquire::https::Timeout": "10",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";`);
  return [...cleared.map((name) => `#clear ${name};`), ...lines, ""].join("\n");
}

async function hasKeyring(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
