// Bugs between the nodes: lease, membership, lines, routing.
import type { Bug } from "./bug.ts";

export const clusterBugs: readonly Bug[] = [
  {
    name: "empty-history-taken-without-a-fence",
    file: "cluster/src/cluster-writers.ts",
    find: "return former.some((view) => isOther(ownerIn(view, actor)));",
    replace: "return false;",
  },
  {
    name: "takeover-by-an-old-view",
    file: "cluster/src/cluster-writers.ts",
    find: "caughtUpWith: ({ node }",
    replace: "otherwise: ({ node }",
  },
  {
    name: "actors-of-a-join-that-was-given-up",
    file: "cluster/src/standing.ts",
    find: "this.#forsake();",
    replace: "",
  },
  {
    name: "placement-that-differs-between-nodes",
    file: "cluster/src/routing.ts",
    find: "if (placement === rendezvous) return rendezvous(address, candidates);",
    replace:
      'if (address.id.endsWith("3")) return candidates.find(({ node }) => node === this.#parts.membership.address.node) ?? candidates[0]; if (placement === rendezvous) return rendezvous(address, candidates);',
  },
  {
    name: "lease-by-the-wall-clock",
    file: "cluster/src/moment.ts",
    find: "return Math.max(clock.now() - now, clock.wall() - wall);",
    replace: "return clock.wall() - wall;",
  },
  {
    name: "lease-that-never-ends",
    file: "cluster/src/lease.ts",
    find: "if (this.unconfirmedMs < this.#leaseMs) return true;",
    replace: "return true;",
  },
  {
    name: "lease-of-a-removed-node",
    file: "cluster/src/lease.ts",
    find: 'const isOurs = entry !== undefined && epochOf(entry) === epoch && entry.record.state !== "removed";',
    replace: "const isOurs = entry !== undefined;",
  },
  {
    name: "places-actors-on-removed-nodes",
    file: "cluster/src/view.ts",
    find: '.filter((node) => node.state === "up" &&',
    replace: '.filter((node) => (node.state === "up" || node.state === "removed") &&',
  },
  {
    name: "nobody-is-ever-gone",
    file: "cluster/src/failure-detector.ts",
    find: "if (watched.heardAt >= silentSince) continue;",
    replace: "continue;",
  },
  {
    name: "keeps-actors-that-moved",
    file: "cluster/src/cluster-node.ts",
    find: "(actor) => this.routing.isOwn(actor)",
    replace: "() => true",
  },
  {
    name: "lost-frames-are-not-repeated",
    file: "cluster/src/line.ts",
    find: "for (const frame of this.#sent.unacknowledged()) {",
    replace: "for (const frame of []) {",
  },
  {
    name: "frames-are-taken-twice",
    file: "cluster/src/intake.ts",
    find: "if (isBare || n !== this.#heard + 1) {",
    replace: "if (isBare) {",
  },
  {
    name: "what-may-have-arrived-is-sent-again",
    file: "cluster/src/sent-frames.ts",
    find: "return this.#unacknowledged.filter(({ copies }) => copies === 0).flatMap(({ messages }) => messages);",
    replace: "return this.#unacknowledged.flatMap(({ messages }) => messages);",
  },
  {
    name: "asks-of-a-dead-node-are-forgotten",
    file: "cluster/src/peer-link.ts",
    find: "else if (envelope.commandId !== undefined) again.add(message);",
    replace: "else if (envelope.commandId !== undefined) continue;",
  },
  {
    name: "not-the-owner-and-does-it-all-the-same",
    file: "cluster/src/reception.ts",
    find: 'if (!ownership.isOwn(message.to)) return envelope.giveBack("not-owner");',
    replace: "",
  },
  {
    name: "what-comes-twice-is-taken-twice",
    file: "cluster/src/intake.ts",
    find: "if (isBare || n !== this.#heard + 1) {",
    replace: "if (isBare || n > this.#heard + 1 || n < this.#heard) {",
  },
];
