import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../src/server/command.ts";
import { findWith } from "../src/server/find-server.ts";

let cacheDir: string;
beforeEach(async () => (cacheDir = await mkdtemp(join(tmpdir(), "aether-search-"))));
afterEach(() => rm(cacheDir, { recursive: true }));

describe("a search that is stopped", () => {
  it("ends what it runs, tries nothing else, says nothing more and leaves no directory", async () => {
    const stop = new AbortController();
    const lines: string[] = [];
    let begin: () => void = () => undefined;
    const running = new Promise<void>((resolve) => (begin = resolve));
    const downloads = {
      github: async (_dir: string, { signal }: { readonly signal?: AbortSignal | undefined }): Promise<string> => {
        const command = runCommand(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { signal });
        begin();
        return command;
      },
      apt: () => Promise.reject(new Error("must not be tried")),
    };
    const log = (line: string): void => void lines.push(line);
    const found = findWith(downloads, { env: {}, cacheDir, log, signal: stop.signal });
    await running;
    const before = lines.length;
    stop.abort(new Error("stopped by the user"));
    await expect(found).rejects.toThrow("stopped by the user");
    expect(lines).toHaveLength(before);
    expect(await readdir(cacheDir)).toEqual([]);
  });

  it("does not begin when it is stopped already", async () => {
    const never = (): Promise<string> => Promise.reject(new Error("must not be tried"));
    const signal = AbortSignal.abort(new Error("stopped by the user"));
    await expect(findWith({ github: never, apt: never }, { env: {}, cacheDir, signal })).rejects.toThrow("by the user");
  });
});
