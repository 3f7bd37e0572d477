// Which mirrors the machine's own apt configuration offers for sid.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sidSources } from "../src/server/apt-sources.ts";

const debian = 'ID=debian\nVERSION_CODENAME="bookworm"\n';
const fallback = {
  uri: "http://deb.debian.org/debian",
  signedBy: "/usr/share/keyrings/debian-archive-keyring.gpg",
};
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "aether-apt-"));
  await mkdir(join(dir, "sources.list.d"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function sources(files: Record<string, string>, osRelease = debian) {
  await writeFile(join(dir, "os-release"), osRelease);
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  return sidSources(dir, join(dir, "os-release"));
}

it("takes the mirror and the key of a one-line source, and leaves others alone", async () => {
  const found = await sources({
    "sources.list": [
      "# a comment",
      "deb-src http://mirror.example/debian bookworm main",
      "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian/ bookworm main contrib # here",
      "deb http://security.example/debian-security bookworm-security main",
    ].join("\n"),
    "sources.list.d/other.list": "deb https://packages.example/apt tool main\n",
  });
  expect(found).toEqual([{ uri: "http://mirror.example/debian", signedBy: "/k.gpg" }, fallback]);
});

it("takes them from a deb822 source, with an inline key as it stands", async () => {
  const key = "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINB";
  const found = await sources({
    "sources.list.d/debian.sources": [
      "Types: deb deb-src",
      "# a comment between fields",
      "URIs: http://one.example/debian http://two.example/debian",
      "Suites: bookworm bookworm-updates",
      "Components: main",
      `Signed-By:${key}`,
      "",
      "Enabled: no",
      "Types: deb",
      "URIs: http://off.example/debian",
      "Suites: bookworm",
      "Components: main",
    ].join("\n"),
  });
  expect(found.map(({ uri }) => uri)).toEqual(["http://one.example/debian", "http://two.example/debian", fallback.uri]);
  expect(found[0]?.signedBy).toBe(key);
});

it("does not ask the mirror of another distribution for sid", async () => {
  const found = await sources(
    { "sources.list": "deb http://archive.ubuntu.com/ubuntu noble main\n" },
    "ID=ubuntu\nVERSION_CODENAME=noble\n",
  );
  expect(found).toEqual([fallback]);
});
