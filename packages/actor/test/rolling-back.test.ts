// A refused commit: the object is made anew, and what belonged to it ends as in any restart.
import {
  Actor,
  type ActorBase,
  type Durability,
  type DurableCell,
  type DurableState,
  type Plugin,
  port,
} from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { type Harness, latch, start, watch } from "./harness.ts";

let log: string[] = [];
let gate = latch();
let cell: DurableCell | undefined;
let version = 0;
let born = 0;
beforeEach(() => {
  log = [];
  gate = latch();
  version = born = 0;
});

const keeping = port<Durability>("keeping");
abstract class Kept extends Actor {
  static override readonly "~base": ActorBase = { name: "Kept", hooks: [], durability: keeping };
}
class Child extends Actor {
  static type = "child";
  override onStart(): void {
    log.push("child starts");
  }
  override onStop(): void {
    log.push("child ends");
  }
}
class Account extends Kept {
  static type = "account";
  readonly #number = ++born;
  change(): number {
    version++;
    return this.#number;
  }
  begin(): void {
    this.ctx.spawn(Child, { name: "c" });
    this.ctx.timers.every("t", 100, () => log.push("timer"));
    this.ctx.run(async (signal) => {
      await gate.opened;
      if (signal.aborted) log.push("work aborted");
    });
  }
  changeAndBegin(): void {
    this.begin();
    version++;
  }
  object(): number {
    return this.#number;
  }
  override async onStop(): Promise<void> {
    log.push(`object ${this.#number} ends`);
  }
}
let sealed = 0;
const state: DurableState = {
  get version() {
    return version;
  },
  get hasUnsealedChanges() {
    return version > sealed;
  },
  recover: async () => void (version = sealed = 0),
  begin: () => undefined,
  end: () => void (sealed = version),
  discard: () => false,
  passEnded: () => undefined,
  flush: () => Promise.resolve(),
  close: () => undefined,
};
const keeper: Plugin = {
  name: "keeper",
  install: (host) =>
    host.provide(keeping, {
      check: () => undefined,
      open: (_, opened) => {
        cell = opened;
        return state;
      },
    }),
};
const begin = (): Promise<Harness> => start([Account], { plugins: [keeper] });
const a = (t: Harness) => t.system.ref(Account, "a");

it("children, timers and work end with the object whose commit was refused; it is told", async () => {
  await using t = await begin();
  await a(t).ask.begin();
  const refused = watch(a(t).ask.change());
  const later = watch(a(t).ask.object());
  await t.time.settle();
  expect([refused.state, later.state]).toEqual(["waiting", "waiting"]);
  cell?.refused(1, new Error("conflict"));
  gate.open();
  await t.time.advance(1_000);
  expect([refused.state, later.state]).toEqual(["failed: Error: conflict", "done: 2"]);
  expect(log.filter((line) => line !== "work aborted")).toEqual(["child starts", "child ends", "object 1 ends"]);
  expect(log).toContain("work aborted");
  expect(t.system.counts()).toEqual({ account: 1, child: 0 });
});

it("what a refused turn spawned never begins, and its name is free", async () => {
  await using t = await begin();
  await a(t).ask.object();
  const refused = watch(a(t).ask.changeAndBegin());
  await t.time.settle();
  expect(t.system.counts()).toEqual({ account: 1, child: 1 });
  cell?.refused(1, new Error("conflict"));
  await t.time.settle();
  expect([refused.state, log]).toEqual(["failed: Error: conflict", ["object 1 ends"]]);
  expect(t.system.counts()).toEqual({ account: 1, child: 0 });
  await a(t).ask.begin();
  await t.time.settle();
  expect(log).toEqual(["object 1 ends", "child starts"]);
});
