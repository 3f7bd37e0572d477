// Makes the drawn faults happen, and takes them back.
import type { Stream } from "../model/stream.ts";
import { type Fault, type PlannedFault, sayFault } from "./faults.ts";
import type { SimNode } from "./sim-node.ts";
import type { SimWorld } from "./sim-world.ts";

const lookAgainMs = 0.4;
const askAloneMs = 400;

export class Breaking {
  /** Faults that have begun, all of them while a command was under way. */
  begun = 0;
  readonly #world: SimWorld;
  readonly #nodes: readonly SimNode[];
  readonly #spare: SimNode;
  readonly #ask: (node: SimNode) => void;
  /** What brings everything back as it should be. */
  readonly #heals = new Set<() => void>();
  #isOver = false;

  /**
   * @param spare a node that joins and leaves again
   * @param ask lets callers on a node ask it, which is cut off from the others
   */
  constructor(world: SimWorld, nodes: readonly SimNode[], spare: SimNode, ask: (node: SimNode) => void) {
    this.#world = world;
    this.#ask = ask;
    this.#nodes = nodes;
    this.#spare = spare;
  }

  /** Each begins at its time, or as soon as a command is under way behind it. */
  plan(faults: readonly PlannedFault[], isBusy: () => boolean): void {
    for (const { at, fault } of faults)
      this.#world.timeline.after(at - this.#world.timeline.now, () => this.#await(fault, isBusy));
  }

  /** Ends all that still goes on. */
  heal(): void {
    this.#isOver = true;
    for (const heal of this.#heals) heal();
    this.#world.trace.tell("fault", "all over");
  }

  #await(fault: Fault, isBusy: () => boolean): void {
    const { timeline, trace } = this.#world;
    if (this.#isOver) return;
    if (!isBusy()) return void timeline.after(lookAgainMs, () => this.#await(fault, isBusy));
    trace.tell("fault", sayFault(fault));
    this.begun++;
    this.#begin(fault);
  }

  #begin(fault: Fault): void {
    switch (fault.type) {
      case "crash":
      case "pause":
      case "drain":
      case "join":
        return this.#ofLife(fault);
      case "rolling-upgrade":
        return this.#upgrade([...this.#nodes], fault.restartMs);
      case "cut":
      case "ack-loss":
      case "partition":
      case "delay":
      case "clock":
        return this.#ofSurroundings(fault);
      default:
        return this.#ofServers(fault);
    }
  }

  #ofLife(fault: Fault & { readonly type: "crash" | "pause" | "drain" | "join" }): void {
    if (fault.type === "join") {
      if (!this.#spare.isRunning) this.#spare.start();
      return this.#during(fault.forMs, () => this.#spare.drain());
    }
    const node = this.#nodes[fault.node] as SimNode;
    if (fault.type === "crash") {
      node.kill(fault.silent ? "silent" : "cut");
      return this.#during(fault.restartMs, () => this.#restart(node));
    }
    if (fault.type === "drain") {
      node.drain();
      return this.#during(fault.restartMs, () => this.#restart(node));
    }
    const { machine } = node;
    machine?.pause();
    // They come while it is paused, and are the first that runs afterwards.
    this.#ask(node);
    this.#during(fault.forMs, () => machine?.resume());
  }

  /** The next one begins when the one before it is up again; whatever comes in between, it goes on. */
  #upgrade([node, ...rest]: SimNode[], restartMs: number): void {
    const { timeline } = this.#world;
    if (node === undefined) return;
    node.release = 2;
    node.drain();
    const goOn = (): void => {
      if (this.#isOver) {
        for (const one of rest) one.release = 2;
        return this.#restart(node);
      }
      this.#restart(node);
      if (node.isUp) this.#upgrade(rest, restartMs);
      else timeline.after(restartMs, goOn);
    };
    timeline.after(restartMs, goOn);
  }

  #restart(node: SimNode): void {
    if (!node.isRunning) return node.start();
    // It is still stopping: whoever supervises it waits for that.
    if (node.isDraining) this.#world.timeline.after(200, () => this.#restart(node));
  }

  #ofSurroundings(fault: Fault & { readonly type: "cut" | "ack-loss" | "partition" | "delay" | "clock" }): void {
    const { network } = this.#world;
    const { machine, id } = this.#nodes[fault.node] as SimNode;
    if (fault.type === "cut") return machine && network.cut(machine, "cut");
    if (fault.type === "ack-loss") return this.#loseAcks(fault.node, fault.commits);
    if (fault.type === "clock") {
      if (machine !== undefined) machine.wallAheadMs += fault.byMs;
      return undefined;
    }
    if (fault.type === "delay") network.change(id, { delayMs: [fault.mostMs / 5, fault.mostMs] });
    else {
      network.change(id, { isUpHeld: fault.up, isDownHeld: fault.down });
      this.#askAlone(this.#nodes[fault.node] as SimNode, this.#world.timeline.now + fault.forMs);
    }
    return this.#during(fault.forMs, () => network.clear(id));
  }

  /** Again and again, those who are cut off with it ask a node for what it has. */
  #askAlone(node: SimNode, until: number): void {
    const { timeline } = this.#world;
    if (this.#isOver || timeline.now >= until) return;
    this.#ask(node);
    timeline.after(askAloneMs, () => this.#askAlone(node, until));
  }

  #ofServers(
    fault: Fault & {
      readonly type:
        | "server-crash"
        | "leader-loss"
        | "deposed-leader"
        | "slow"
        | "lag"
        | "route-cut"
        | "isolated-server"
        | "duplicates"
        | "power-cut";
    },
  ): void {
    const { model } = this.#world;
    const streams = [...model.streams.values()];
    switch (fault.type) {
      case "server-crash":
        return this.#crashServer(fault.server % model.servers.length, fault.forMs);
      case "leader-loss":
        for (const stream of streams) this.#depose(stream, fault.forMs);
        return undefined;
      case "deposed-leader":
        for (const stream of streams) this.#isolateLeader(stream, fault.forMs);
        return undefined;
      case "slow":
        for (const stream of streams) stream.slowMs = fault.byMs;
        this.#world.timeline.after(fault.byMs / 4, () => this.#cut(fault.node));
        return this.#during(fault.forMs, () => streams.forEach((stream) => (stream.slowMs = 0)));
      case "lag":
        for (const stream of streams) stream.lagMs = fault.byMs;
        return this.#during(fault.forMs, () => streams.forEach((stream) => (stream.lagMs = 0)));
      case "route-cut": {
        const route = `${fault.from} ${fault.to}`;
        if (fault.from === fault.to) return undefined;
        model.cutRoutes.add(route);
        return this.#during(fault.forMs, () => void model.cutRoutes.delete(route));
      }
      case "isolated-server":
        return this.#isolate(fault.server, fault.forMs);
      case "duplicates":
        model.duplicateShare = fault.share;
        return this.#during(fault.forMs, () => void (model.duplicateShare = 0));
      case "power-cut":
        return this.#cutPower(fault.forMs);
    }
  }

  #isolate(server: number, forMs: number): void {
    const { cutRoutes, servers } = this.#world.model;
    const others = servers.map((_, other) => other).filter((other) => other !== server);
    const routes = others.flatMap((other) => [`${server} ${other}`, `${other} ${server}`]);
    for (const route of routes) cutRoutes.add(route);
    for (const node of this.#nodes) this.#askAlone(node, this.#world.timeline.now + forMs);
    this.#during(forMs, () => routes.forEach((route) => cutRoutes.delete(route)));
  }

  #cut(index: number): void {
    const { machine } = this.#nodes[index] as SimNode;
    if (machine !== undefined) this.#world.network.cut(machine, "cut");
  }

  /** The moment between storing and telling, again and again. */
  #loseAcks(index: number, commits: number): void {
    const { id } = this.#nodes[index] as SimNode;
    let left = commits;
    const stop = this.#world.onCommit((writer) => {
      const { machine } = this.#nodes[index] as SimNode;
      if (writer !== id || machine === undefined || this.#isOver) return;
      this.#world.trace.tell("fault", `${id} does not hear of its commit`);
      this.#world.network.cut(machine, "cut");
      if (--left === 0) stop();
    });
  }

  #crashServer(server: number, forMs: number): void {
    const { model, network } = this.#world;
    model.down.add(server);
    network.cutServer(server);
    for (const stream of model.streams.values()) {
      if (stream.leader === server && stream.isReplicated) this.#depose(stream, 100 + this.#world.random() * 2_000);
    }
    this.#during(forMs, () => model.restart(server));
  }

  #cutPower(forMs: number): void {
    const { model } = this.#world;
    this.#world.cutPower();
    this.#during(forMs, () => {
      for (const server of model.servers.keys()) model.restart(server);
      for (const stream of model.streams.values()) {
        if (stream.leader === undefined) stream.elect(this.#anyServer());
      }
    });
  }

  #depose(stream: Stream, forMs: number): void {
    if (stream.leader === undefined || !stream.isReplicated) return;
    stream.depose();
    this.#during(forMs, () => stream.elect(this.#anyServer()));
  }

  /** The others elect one; the old one goes on answering whoever is connected to it, for a while. */
  #isolateLeader(stream: Stream, forMs: number): void {
    const old = stream.leader;
    if (old === undefined || !stream.isReplicated || stream.deposed !== undefined) return;
    const until = this.#world.timeline.now + forMs;
    stream.deposed = { server: old, lastSequence: stream.log.lastSequence, until };
    stream.pastUntil = until;
    const past = { from: this.#world.timeline.now, until };
    this.#world.pasts.push(past);
    this.#depose(stream, Math.min(forMs, 300));
    this.#during(forMs, () => {
      stream.deposed = undefined;
      past.until = this.#world.timeline.now;
    });
  }

  #anyServer(): number {
    const up = [0, 1, 2].filter((server) => !this.#world.model.down.has(server));
    return up[Math.floor(this.#world.random() * up.length)] ?? 0;
  }

  #during(forMs: number, heal: () => void): void {
    const once = (): void => {
      if (!this.#heals.delete(once)) return;
      heal();
    };
    this.#heals.add(once);
    this.#world.timeline.after(forMs, once);
  }
}
