// The download of a release against a local web server: its checksum decides.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { releaseVersion, unpackGithubRelease } from "../src/server/github.ts";

const name = `nats-server-v${releaseVersion}-linux-amd64`;
let dir: string;
let server: Server;
let files: Record<string, Buffer | string>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "aether-github-"));
  await mkdir(join(dir, "src", name), { recursive: true });
  await writeFile(join(dir, "src", name, "nats-server"), "the binary");
  execFileSync("tar", ["-czf", join(dir, "archive"), "-C", join(dir, "src"), name]);
  const archive = await readFile(join(dir, "archive"));
  const sum = createHash("sha256").update(archive).digest("hex");
  files = { SHA256SUMS: `${sum}  ${name}.tar.gz\n`, [`${name}.tar.gz`]: archive };
  server = createServer((request, response) => {
    const body = files[request.url?.replace(`/v${releaseVersion}/`, "") ?? ""];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await mkdir(join(dir, "work"));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(dir, { recursive: true, force: true });
});

function unpack(platform = "linux", arch = "x64") {
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return unpackGithubRelease(join(dir, "work"), { baseUrl, platform, arch });
}

it("unpacks an archive whose checksum is the listed one", async () => {
  expect(await readFile(await unpack(), "utf8")).toBe("the binary");
});

it("refuses an archive whose checksum is another one", async () => {
  files["SHA256SUMS"] = `${"0".repeat(64)}  ${name}.tar.gz\n`;
  await expect(unpack()).rejects.toThrow(/SHA-256/);
});

it("refuses an archive that the release does not list", async () => {
  files["SHA256SUMS"] = `${"0".repeat(64)}  something-else.tar.gz\n`;
  await expect(unpack()).rejects.toThrow(/does not list/);
});

it("says which platform has no release", async () => {
  await expect(unpack("sunos", "x64")).rejects.toThrow("no release for sunos on x64");
});

it("names the address that failed", async () => {
  files = {};
  await expect(unpack()).rejects.toThrow(/SHA256SUMS cannot be downloaded: HTTP status 404/);
});
