import { describe, expect, it } from "vitest";
import { readOptions } from "../src/options.ts";
import { UsageError } from "../src/usage-error.ts";

describe("the command line", () => {
  it("has a default for everything", () => {
    expect(readOptions([])).toEqual({
      help: false,
      json: false,
      inProcess: false,
      data: undefined,
      flights: undefined,
      nodes: 3,
      servers: 1,
      seed: 1,
      faults: { kills: 1, killServer: false, rolling: false, pause: false },
      watch: false,
    });
  });

  it("takes every fault, also together", () => {
    const args = ["--servers", "3", "--kills", "2", "--kill-server", "--rolling", "--pause"];
    expect(readOptions(args)).toMatchObject({
      servers: 3,
      faults: { kills: 2, killServer: true, rolling: true, pause: true },
    });
  });

  it("takes every option", () => {
    const args = ["--json", "--in-process", "--flights", "some file.json", "--nodes", "5", "--seed=7"];
    expect(readOptions(args)).toMatchObject({
      json: true,
      inProcess: true,
      flights: "some file.json",
      nodes: 5,
      seed: 7,
    });
  });

  it("takes a directory", () => {
    expect(readOptions(["--embedded", "--data", "some dir"])).toMatchObject({ data: "some dir", inProcess: false });
  });

  it.each([
    { args: ["--data", "d"], says: "--data is the directory of --embedded, which is missing." },
    { args: ["--embedded"], says: "--embedded needs --data DIR" },
    { args: ["--embedded", "--data", ""], says: "--embedded needs --data DIR" },
    { args: ["--embedded", "--data", "d", "--nodes", "3"], says: "--nodes does not go with --embedded" },
    { args: ["--embedded", "--data", "d", "--seed", "1"], says: "--seed does not go with --embedded" },
    { args: ["--embedded", "--data", "d", "--in-process"], says: "--in-process does not go with --embedded" },
    { args: ["--embedded", "--data", "d", "--kills", "1"], says: "--kills does not go with --embedded" },
    { args: ["--embedded", "--data", "d", "--rolling"], says: "--rolling does not go with --embedded" },
    { args: ["--kill-server"], says: "--kill-server needs --servers 3" },
    { args: ["--kill-server", "--servers", "1"], says: "--kill-server needs --servers 3" },
    { args: ["--in-process", "--servers", "3"], says: "--servers does not go with --in-process" },
    { args: ["--in-process", "--kill-server"], says: "--kill-server does not go with --in-process" },
    { args: ["--in-process", "--pause"], says: "--pause does not go with --in-process" },
    { args: ["--in-process", "--watch"], says: "--watch does not go with --in-process" },
    { args: ["--servers", "2"], says: '--servers is "2"; use 1 or 3.' },
    { args: ["--kills", "21"], says: '--kills is "21"; use a whole number from 0 to 20.' },
    { args: ["--nodes", "0"], says: '--nodes is "0"; use a whole number from 1 to 16.' },
    { args: ["--nodes", "17"], says: '--nodes is "17"' },
    { args: ["--nodes", "abc"], says: '--nodes is "abc"' },
    { args: ["--nodes", "1.5"], says: '--nodes is "1.5"' },
    { args: ["--nodes", ""], says: '--nodes is ""' },
    { args: ["--nodes=-1"], says: '--nodes is "-1"' },
    { args: ["--seed", "-1"], says: '--seed is "-1"; use a whole number from 0 to 2147483648.' },
    { args: ["--seed", "x"], says: '--seed is "x"' },
    { args: ["--seed", "1e3"], says: '--seed is "1e3"' },
    { args: ["--fast"], says: "Unknown option '--fast'" },
    { args: ["--flights"], says: "'--flights <value>' argument missing" },
    { args: ["--flights", "--json"], says: "'--flights' argument is ambiguous" },
    { args: ["--json=yes"], says: "'--json' does not take an argument" },
    { args: ["flights.json"], says: "Unexpected argument 'flights.json'" },
  ])("refuses $args in one line", ({ args, says }) => {
    const read = (): unknown => readOptions(args);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(says);
    expect(read).toThrow(/^[^\n]+\.$/);
  });
});
