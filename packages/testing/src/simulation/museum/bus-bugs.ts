// Bugs of the event bus: what it calls handled, what it leaves out, whom it believes.
import type { Bug } from "./bug.ts";

export const busBugs: readonly Bug[] = [
  {
    name: "bus-does-not-wait-for-its-handler",
    file: "cluster/src/bus/delivery.ts",
    find: "await handler(stored);\n        return true;",
    replace: "Promise.resolve(handler(stored)).catch(() => {}); return true;",
  },
  {
    name: "bus-tries-a-failed-event-once",
    file: "cluster/src/bus/delivery.ts",
    find: "if (attempt >= options.maxAttempts) return this.#park(parked, attempt, error);",
    replace: "return true;",
  },
  {
    name: "bus-overlooks-a-gap",
    file: "cluster/src/bus/feed.ts",
    find: "if (previous > this.#last) {",
    replace: "if (previous < 0) {",
  },
  {
    name: "bus-goes-on-at-the-end-after-a-reconnect",
    file: "persistence/src/jetstream/stream-follower.ts",
    find: "const consumer = await PushedConsumer.open(this.#parts, manager, last);",
    replace: "const consumer = await PushedConsumer.open(this.#parts, manager, state.last_seq);",
  },
  {
    name: "checkpoint-counts-what-still-waits",
    file: "cluster/src/bus/lane.ts",
    find: "return this.#isResting && last > this.#cursor.position ?",
    replace: "return this.#isLive && last > this.#cursor.position ?",
  },
  {
    name: "late-checkpoint-is-taken-for-anothers",
    file: "cluster/src/bus/progress.ts",
    find: "await this.#settle(); // a former try may have been stored only now\n        return await this.#write();",
    replace: "throw new SubscriptionTaken(name);",
  },
  {
    name: "bus-reads-less-than-it-was-told",
    file: "cluster/src/bus/lane.ts",
    find: "for await (const page of fetchedIn(reads, pages)) {",
    replace: "for await (const page of fetchedIn(reads, pages)) { page.splice(2);",
  },
  {
    name: "former-leader-sets-the-bus-back",
    file: "persistence/src/jetstream/stream-end.ts",
    find: "if (now - this.#doubtedSince < doubtMs) return false;",
    replace: "",
  },
];
