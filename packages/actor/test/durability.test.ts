// The seam to durable state, with a provider as small as one can be: what the kernel asks of it and promises to it.
import { Actor, type ActorBase, type Durability, type DurableState, type Plugin, port } from "@aether/actor";
import { expect, it } from "vitest";
import { start } from "./harness.ts";

const keeping = port<Durability>("keeping");

abstract class Kept extends Actor {
  static override readonly "~base": ActorBase = { name: "Kept", hooks: ["secret"], durability: keeping };
}
class Thing extends Kept {
  static type = "thing";
  secret(): string {
    return "never a command";
  }
  touch(): string {
    return "touched";
  }
}

const calm = (log: string[]): DurableState => ({
  version: 0,
  hasUnsealedChanges: false,
  recover: async () => void log.push("recover"),
  begin: (envelope) => void log.push(`begin ${envelope.command}`),
  end: (outcome) => void log.push(`end ${String(outcome)}`),
  discard: () => false,
  passEnded: () => undefined,
  flush: async () => void log.push("flush"),
  close: () => void log.push("close"),
});

function provider(log: string[], changes: { open?: () => never; state?: Partial<DurableState> } = {}): Plugin {
  const durability: Durability = {
    check: ({ name }) => void log.push(`check ${name}`),
    open: changes.open ?? (() => ({ ...calm(log), ...changes.state })),
  };
  return { name: "keeper", install: (host) => host.provide(keeping, durability) };
}

it("a class is checked at start; a turn is begun, ended, flushed and closed in this order", async () => {
  const log: string[] = [];
  {
    await using t = await start([Thing], { plugins: [provider(log)] });
    expect(log).toEqual(["check Thing"]);
    expect(await t.system.ref(Thing, "a").ask.touch()).toBe("touched");
    await expect(t.send("thing/a", "secret")).rejects.toMatchObject({ code: "ACTOR_UNKNOWN_COMMAND" });
  }
  expect(log).toEqual(["check Thing", "recover", "begin touch", "end touched", "flush", "close"]);
});

it("a class whose durability nobody provides is refused, naming both", async () => {
  await expect(start([Thing])).rejects.toMatchObject({
    code: "ACTOR_PORT_MISSING",
    data: { port: "keeping", neededBy: "Thing, an Kept," },
  });
});

const fail = (what: string) => (): never => {
  throw new Error(what);
};

it.each([
  ["open", { open: fail("open failed") }],
  ["recover", { state: { recover: fail("recover failed") } }],
])("a provider that throws in %s fails the activation, and the system goes on", async (what, changes) => {
  await using t = await start([Thing], { plugins: [provider([], changes)] });
  for (let i = 0; i < 2; i++) {
    await expect(t.system.ref(Thing, "a").ask.touch()).rejects.toMatchObject({
      code: "ACTOR_ACTIVATION_FAILED",
      message: expect.stringContaining(`${what} failed`) as string,
    });
  }
});

it.each(["begin", "end"] as const)("a provider that throws in %s fails that turn", async (what) => {
  let fails = true;
  const step = () => {
    if (fails) throw new Error(`${what} failed`);
    return undefined;
  };
  await using t = await start([Thing], { plugins: [provider([], { state: { [what]: step } })] });
  const { ask } = t.system.ref(Thing, "a");
  await expect(ask.touch()).rejects.toMatchObject({ code: "ACTOR_FAILED" });
  fails = false;
  expect(await ask.touch()).toBe("touched");
});
