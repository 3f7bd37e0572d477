// What the options of actors promise by type. Compiled by `tsc -b`, never run.
import {
  Actor,
  type ActorContext,
  type ActorOptions,
  createSystem,
  type Directive,
  host,
  type Supervision,
} from "@aether/actor";

class Job extends Actor {
  static type = "job";
  static readonly supervision: Supervision = {
    onFailure: (error) => (error instanceof RangeError ? "stop" : "restart"),
  };
  run(): void {}
}
class Other extends Actor {
  static type = "other";
  other(): void {}
}

host(Job, { idleMs: 1, maxResident: 5, mailboxCapacity: 5, hookTimeoutMs: 1, supervision: { retries: 3 } });
// @ts-expect-error a misspelled option
host(Job, { idleMS: 1 });
// @ts-expect-error a misspelled option of the supervision
host(Job, { supervision: { retry: 3 } });
// @ts-expect-error a directive that there is not
host(Job, { supervision: { onFailure: "explode" } });
// @ts-expect-error a choice that may give no directive
host(Job, { supervision: { onFailure: (error) => (error === 1 ? "stop" : undefined) } });
// @ts-expect-error a number is no text
host(Job, { idleMs: "5 minutes" });

// @ts-expect-error the same for all classes of a system
export const system = createSystem({ name: "t", supervisor: {} });
export const directive: Directive = "escalate";
export const options: ActorOptions = { maxResident: 5 };

export function inHandler(ctx: ActorContext): void {
  const job = ctx.spawn(Job, { name: "one", mailboxCapacity: 5, create: () => new Job(), supervision: { retries: 1 } });
  job.tell.run();
  ctx.stop(job);
  ctx.stop();
  const unwatch = ctx.watch(job, (why) => {
    if (why === "stopped" || why === "failed" || why === "lost") return;
    if (why === "node-gone" || why === "not-active") return;
    const rest: "passivated" = why;
    return rest;
  });
  unwatch();
  ctx.timers.once("tick", 5, () => undefined);
  ctx.run(
    (signal) => Promise.resolve(signal.aborted),
    (isAborted) => !isAborted,
  );

  // @ts-expect-error a misspelled option
  ctx.spawn(Job, { nam: "one" });
  // @ts-expect-error children end with their parent, they are never idle
  ctx.spawn(Job, { idleMs: 5 });
  // @ts-expect-error a factory of something else
  ctx.spawn(Job, { create: () => new Other() });
  // @ts-expect-error no such command
  ctx.spawn(Job).tell.other();
  // @ts-expect-error no such reason
  ctx.watch(job, (why) => why === "died");
  // @ts-expect-error an actor is stopped by its ref
  ctx.stop("one");
  // @ts-expect-error a timer has a name
  ctx.timers.every(5, () => undefined);
  const onText = (text: string): string => text;
  // @ts-expect-error the result of the work is a number
  ctx.run(async () => 5, onText);
}
