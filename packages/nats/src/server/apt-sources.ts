// Finds, in the machine's own apt configuration, the mirrors from which Debian's `sid` may be had. It reads text and
// decides; it runs nothing. Invariant: a signature requirement is never weakened, `Signed-By` is taken over as it is.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** One archive: its address and the `Signed-By` value (a path, or an inline key block with its continuation lines). */
export interface AptSource {
  readonly uri: string;
  readonly signedBy?: string;
}

interface Entry extends AptSource {
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

const debianArchive = "http://deb.debian.org/debian";
const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const debianSuites = ["stable", "testing", "unstable", "sid", "oldstable"];

/** The sources under `etcApt`, most promising first, each to be read with suite `sid`, component `main`. */
export async function sidSources(etcApt = "/etc/apt", osRelease = "/etc/os-release"): Promise<readonly AptSource[]> {
  const release = parseFields((await readText(osRelease)).replaceAll("=", ":").replaceAll('"', ""));
  const codename = release.get("version_codename") ?? "sid";
  const found: AptSource[] = [];
  // Only Debian's mirrors carry sid: those that serve this machine's own suite. Ubuntu's do not.
  if (release.get("id") === "debian") {
    for (const entry of await readEntries(etcApt)) {
      const serves = entry.suites.some((suite) => suite === codename || debianSuites.includes(suite));
      if (serves && entry.components.includes("main") && !found.some((other) => other.uri === entry.uri)) {
        found.push(entry.signedBy === undefined ? { uri: entry.uri } : { uri: entry.uri, signedBy: entry.signedBy });
      }
    }
  }
  if (!found.some((source) => source.uri === debianArchive)) {
    found.push({ uri: debianArchive, signedBy: debianKeyring });
  }
  return found;
}

async function readEntries(etcApt: string): Promise<readonly Entry[]> {
  const parts = join(etcApt, "sources.list.d");
  const names = await readdir(parts).catch(() => []);
  const files = [
    join(etcApt, "sources.list"),
    ...names.toSorted((a, b) => (a < b ? -1 : 1)).map((name) => join(parts, name)),
  ];
  const entries: Entry[] = [];
  for (const file of files) {
    const text = await readText(file);
    if (file.endsWith(".sources")) entries.push(...parseStanzas(text));
    else if (file.endsWith(".list")) entries.push(...parseLines(text));
  }
  return entries;
}

/** `deb [signed-by=/path arch=amd64] uri suite component…` */
function parseLines(text: string): readonly Entry[] {
  const entries: Entry[] = [];
  for (const line of text.split("\n")) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (match === null) continue;
    const [, options = "", uri = "", suite = "", rest = ""] = match;
    const signedBy = /signed-by=(\S+)/.exec(options)?.[1];
    const entry = { uri: trimSlash(uri), suites: [suite], components: words(rest) };
    entries.push(signedBy === undefined ? entry : { ...entry, signedBy });
  }
  return entries;
}

/** deb822: stanzas of `Field: value`, with continuation lines that start with a blank. */
function parseStanzas(text: string): readonly Entry[] {
  const entries: Entry[] = [];
  for (const stanza of text.split(/\n\s*\n/)) {
    const fields = parseFields(stanza);
    const disabled = /^(no|false|0|off|without|disable)$/i.test(fields.get("enabled") ?? "yes");
    if (disabled || !words(fields.get("types") ?? "").includes("deb")) continue;
    const signedBy = fields.get("signed-by");
    for (const uri of words(fields.get("uris") ?? "")) {
      const suites = words(fields.get("suites") ?? "");
      const entry = { uri: trimSlash(uri), suites, components: words(fields.get("components") ?? "") };
      entries.push(signedBy === undefined ? entry : { ...entry, signedBy });
    }
  }
  return entries;
}

function parseFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let name: string | undefined;
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) continue;
    const match = /^([A-Za-z][\w-]*):\s*(.*)$/.exec(line);
    if (match !== null) {
      name = (match[1] ?? "").toLowerCase();
      fields.set(name, (match[2] ?? "").trim());
    } else if (name !== undefined && /^\s/.test(line)) {
      fields.set(name, `${fields.get(name) ?? ""}\n${line}`);
    }
  }
  return fields;
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

function trimSlash(uri: string): string {
  return uri.replace(/\/+$/, "");
}

async function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
