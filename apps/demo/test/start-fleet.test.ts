import { afterEach, describe, expect, it, vi } from "vitest";
import { startFleet } from "../src/start-fleet.ts";
import { UsageError } from "../src/usage-error.ts";

const notFound = Object.assign(new Error("no nats-server was found"), { code: "NATS_SERVER_NOT_FOUND" });
const faults = { kills: 1, killServer: false, rolling: false, pause: false };
const options = { inProcess: false, nodes: 2, servers: 1, faults, watch: false } as const;

function parts() {
  const said: string[] = [];
  return {
    said,
    say: (line: string) => void said.push(line),
    fail: () => undefined,
    signal: new AbortController().signal,
  };
}

afterEach(() => vi.unstubAllEnvs());

describe("the nodes", () => {
  it("are in one process when no nats-server can be had, and it says so", async () => {
    vi.stubEnv("NATS_SERVER", "");
    const given = parts();
    const fleet = await startFleet(options, given, () => Promise.reject(notFound));
    expect(fleet).toMatchObject({ mode: "in-process", names: ["node-1", "node-2"] });
    expect(given.said[0]).toContain("no nats-server to be had");
    await fleet.close();
  });

  it("are none when NATS_SERVER names no server: a wish is not replaced", async () => {
    vi.stubEnv("NATS_SERVER", "/no/such/server");
    await expect(startFleet(options, parts(), () => Promise.reject(notFound))).rejects.toThrow(UsageError);
  });

  it.each([{ servers: 3 as const }, { watch: true }, { faults: { ...faults, pause: true } }])(
    "are none when only NATS can show what is asked for: %j",
    async (asked) => {
      vi.stubEnv("NATS_SERVER", "");
      const starting = startFleet({ ...options, ...asked }, parts(), () => Promise.reject(notFound));
      await expect(starting).rejects.toThrow(UsageError);
    },
  );

  it("are none when a server that was found does not start", async () => {
    const broken = Object.assign(new Error("it ended with code 1"), { code: "NATS_SERVER_START_FAILED" });
    await expect(startFleet(options, parts(), () => Promise.reject(broken))).rejects.toBe(broken);
  });

  it("are none when the run is stopped during the search", async () => {
    const signal = AbortSignal.abort(new Error("stopped by SIGINT"));
    const starting = startFleet(options, { ...parts(), signal }, () => Promise.reject(notFound));
    await expect(starting).rejects.toThrow("stopped by SIGINT");
  });
});
