// The order in which a server is looked for, with fake binaries (shell scripts that print a version) and fake downloads.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Downloads, findWith } from "../src/server/find-server.ts";

let dir: string;
let lines: string[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "aether-find-"));
  lines = [];
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function fakeServer(place: string, version: string): Promise<string> {
  await mkdir(join(dir, place), { recursive: true });
  const path = join(dir, place, "nats-server");
  await writeFile(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  await chmod(path, 0o755);
  return path;
}

const unreachable: Downloads = {
  github: () => Promise.reject(new Error("github is offline")),
  apt: () => Promise.reject(new Error("apt is offline")),
};

function find(env: NodeJS.ProcessEnv, downloads: Downloads = unreachable) {
  return findWith(downloads, { env, cacheDir: join(dir, "cache"), log: (line) => lines.push(line) });
}

/** A download that leaves a fake binary of this version in its work directory. */
function delivers(version: string) {
  return async (workDir: string): Promise<string> => {
    const path = join(workDir, "unpacked");
    await writeFile(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
    return path;
  };
}

describe.skipIf(process.platform === "win32")("findNatsServer (fake binaries are shell scripts)", () => {
  it("takes NATS_SERVER before anything else", async () => {
    const wished = await fakeServer("wished", "2.14.0");
    await fakeServer("bin", "2.15.1");
    const found = await find({ NATS_SERVER: wished, PATH: join(dir, "bin") });
    expect(found).toEqual({ path: wished, version: "2.14.0", source: "env" });
  });

  it("says at once that NATS_SERVER is too old, although PATH has a good one", async () => {
    const wished = await fakeServer("wished", "2.10.27");
    await fakeServer("bin", "2.15.1");
    const finding = find({ NATS_SERVER: wished, PATH: join(dir, "bin") });
    await expect(finding).rejects.toMatchObject({
      code: "NATS_SERVER_TOO_OLD",
      message: expect.stringMatching(/2\.10\.27.*2\.12\.7/),
    });
  });

  it("says at once that NATS_SERVER does not exist", async () => {
    const finding = find({ NATS_SERVER: join(dir, "nowhere") });
    await expect(finding).rejects.toMatchObject({ code: "NATS_SERVER_NOT_FOUND" });
  });

  it("takes the one on PATH when it is new enough", async () => {
    const path = await fakeServer("bin", "2.12.7");
    expect(await find({ PATH: `${join(dir, "empty")}:${join(dir, "bin")}` })).toMatchObject({ path, source: "path" });
  });

  it("passes over an old one on PATH, saying why, to a newer one in the cache", async () => {
    await fakeServer("bin", "2.12.6");
    const cached = await fakeServer("cache", "2.14.5");
    expect(await find({ PATH: join(dir, "bin") })).toEqual({ path: cached, version: "2.14.5", source: "cache" });
    expect(lines[0]).toMatch(/not from PATH.*2\.12\.6/);
  });

  it("downloads the release when nothing is there, and finds it in the cache the next time", async () => {
    const downloads = { ...unreachable, github: delivers("2.14.5") };
    expect(await find({ PATH: "" }, downloads)).toMatchObject({ source: "github", version: "2.14.5" });
    expect(await find({ PATH: "" })).toMatchObject({ source: "cache", version: "2.14.5" });
  });

  it("goes on to the Debian package when GitHub is out of reach", async () => {
    expect(await find({ PATH: "" }, { ...unreachable, apt: delivers("2.15.1") })).toMatchObject({ source: "apt" });
  });

  it("refuses a downloaded binary that is too old and keeps nothing of it", async () => {
    await expect(find({ PATH: "" }, { ...unreachable, apt: delivers("2.10.0") })).rejects.toMatchObject({
      code: "NATS_SERVER_NOT_FOUND",
    });
    expect(await readdir(join(dir, "cache"))).toEqual([]);
  });

  it("lists why each step failed and what to do", async () => {
    const error: Error = await find({ PATH: "" }).then(
      () => expect.unreachable(),
      (reason: Error) => reason,
    );
    expect(error).toMatchObject({ code: "NATS_SERVER_NOT_FOUND", retryable: false });
    expect(error.message).toMatch(/PATH: .*\n.*cache: .*\n.*github is offline\n.*apt is offline/);
    expect(error.message).toMatch(/Install one .*NATS_SERVER/);
  });

  it("never shows a half-written binary to a second process", async () => {
    let seen: string[] = [];
    const github = async (workDir: string): Promise<string> => {
      const path = await delivers("2.14.5")(workDir);
      seen = await readdir(join(dir, "cache"));
      return path;
    };
    const found = await find({ PATH: "" }, { ...unreachable, github });
    expect(seen.some((name) => name === "nats-server")).toBe(false);
    expect(await readFile(found.path, "utf8")).toContain("2.14.5");
    expect(await readdir(join(dir, "cache"))).toEqual(["nats-server"]);
  });

  it("lets two searches download at the same time", async () => {
    const downloads = { ...unreachable, github: delivers("2.14.5") };
    const found = await Promise.all([find({ PATH: "" }, downloads), find({ PATH: "" }, downloads)]);
    expect(found.map(({ version }) => version)).toEqual(["2.14.5", "2.14.5"]);
  });
});
