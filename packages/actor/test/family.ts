// A parent, its children, and somebody who is lent refs of them: for the tests of spawned actors.
import {
  Actor,
  type ActorBase,
  type ActorRef,
  type Durability,
  host,
  port,
  Rejection,
  type SpawnOptions,
  type Supervision,
} from "@aether/actor";
import { type Harness, latch, start } from "./harness.ts";

const fresh = () => ({
  /** Who has ended, in order, and what should not have happened. */
  log: [] as string[],
  gate: latch(),
  /** How often a child's `onStart` is to fail. */
  startFailures: 0,
});
export const seen: ReturnType<typeof fresh> = fresh();

/** Before each test. */
export function forget(): void {
  Object.assign(seen, fresh());
}

export class Child extends Actor {
  static type = "child";
  #n = 0;
  override onStart(): void {
    if (seen.startFailures-- > 0) throw new Error("no start");
  }
  add(n: number): number {
    return (this.#n += n);
  }
  whoAsks(): string | undefined {
    return this.ctx.message.sender?.toString();
  }
  async wait(): Promise<string> {
    await seen.gate.opened;
    return "waited";
  }
  crash(): never {
    throw new Error("boom");
  }
  stop(): void {
    this.ctx.stop();
  }
  nest(...names: string[]): void {
    for (const name of names) this.ctx.spawn(Child, { name });
  }
  override onStop(): void {
    seen.log.push(`${this.ctx.address.toString().replace("parent/p/", "")} ends`);
  }
}

abstract class Kept extends Actor {
  static override readonly "~base": ActorBase = { name: "Kept", hooks: [], durability: port<Durability>("keeping") };
}
class Ledger extends Kept {
  static type = "ledger";
}

export class Parent extends Actor {
  static type = "parent";
  readonly #refs = new Map<string, ActorRef<Child>>();
  spawn(options?: SpawnOptions<Child>): string {
    const ref = this.ctx.spawn(Child, options);
    this.#refs.set(ref.address.id, ref);
    return ref.address.toString();
  }
  async spawnAndUse(): Promise<number> {
    const ref = this.ctx.spawn(Child);
    ref.tell.add(1);
    return ref.ask.add(2);
  }
  spawnDurable(): void {
    this.ctx.spawn(Ledger);
  }
  ref(name: string): ActorRef<Child> {
    return this.#refs.get(name) as ActorRef<Child>;
  }
  async call(name: string, command: "add" | "wait" | "stop" | "crash"): Promise<unknown> {
    return command === "add" ? this.ref(name).ask.add(1) : this.ref(name).ask[command]();
  }
  crashChild(name: string): void {
    this.ref(name).tell.crash();
  }
  nest(name: string, ...names: string[]): void {
    this.ref(name).tell.nest(...names);
  }
  stopChild(ref: ActorRef<Child>): void {
    this.ctx.stop(ref);
  }
  crash(): never {
    throw new Error("boom");
  }
  async crashBehindAsk(): Promise<never> {
    await this.ctx.spawn(Child, { name: "early" }).ask.add(1);
    this.ctx.spawn(Child, { name: "late" });
    throw new Error("boom");
  }
  allThen(end: "throw" | "refuse"): never {
    const child = this.ctx.spawn(Child, { name: "undone" });
    child.tell.add(1);
    this.ctx.ref(Child, "virtual").tell.add(1);
    this.ctx.watch(child, () => seen.log.push("watched"));
    this.ctx.timers.once("t", 1, () => seen.log.push("timer"));
    this.ctx.run(() => seen.log.push("ran"));
    if (end === "refuse") throw new Rejection("no");
    throw new Error("boom");
  }
}

export class Other extends Actor {
  static type = "other";
  static readonly supervision: Supervision = { onFailure: "resume" };
  readonly #lent = new Map<string, ActorRef<Child>>();
  take(ref: ActorRef<Child>): void {
    this.#lent.set(ref.address.id, ref);
  }
  lent(name: string): ActorRef<Child> {
    return this.#lent.get(name) as ActorRef<Child>;
  }
  async call(name: string, command: "add" | "wait" | "whoAsks"): Promise<unknown> {
    const { ask } = this.lent(name);
    return command === "add" ? ask.add(1) : ask[command]();
  }
  tell(name: string): void {
    this.lent(name).tell.add(7);
  }
  stop(name: string): void {
    this.ctx.stop(this.lent(name));
  }
}

export const begin = (options: Supervision = {}): Promise<Harness> =>
  start([host(Parent, { supervision: options }), Child]);
export const p = (t: Harness) => t.system.ref(Parent, "p");
export const counts = (t: Harness) => [t.system.counts()["parent"], t.system.counts()["child"]];

/** Hands the children of `parent/p` to somebody who is not their parent. */
export async function lend(t: Harness, ...names: string[]): Promise<void> {
  for (const name of names) await t.system.ref(Other, "o").ask.take(await p(t).ask.ref(name));
}
export const o = (t: Harness) => t.system.ref(Other, "o");
