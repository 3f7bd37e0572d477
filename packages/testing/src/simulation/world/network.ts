// Connects simulated processes with the model of nats-server, and breaks those connections on purpose.
import type { NatsModel } from "../model/nats-model.ts";
import { Cable, type Weather } from "./cable.ts";
import type { Machine } from "./machine.ts";
import type { Timeline } from "./timeline.ts";

export interface NetworkParts {
  readonly timeline: Timeline;
  readonly random: () => number;
  readonly model: NatsModel;
}

const firstPort = 4_222;
const firstMonitoringPort = 8_222;
const usual: Weather["delayMs"] = [0.1, 0.9];

export class Network {
  readonly #parts: NetworkParts;
  readonly #weather = new Map<string, Weather>();
  readonly #cables = new Map<Cable, number>();

  constructor(parts: NetworkParts) {
    this.#parts = parts;
  }

  get urls(): string[] {
    return this.#parts.model.servers.map((_, server) => `nats://127.0.0.1:${firstPort + server}`);
  }

  get monitoringUrls(): string[] {
    return this.#parts.model.servers.map((_, server) => `http://127.0.0.1:${firstMonitoringPort + server}`);
  }

  /** Asks a server what it says of itself. Who is cut off has to give up by itself. */
  ask(machine: Machine, port: number, signal: AbortSignal | undefined): Promise<object> {
    const { random, model } = this.#parts;
    const server = port - firstMonitoringPort;
    const { isUpHeld, isDownHeld } = this.weatherOf(machine.name);
    return new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
      if (isUpHeld || isDownHeld) return;
      machine.at(0.2 + random(), () => {
        if (model.down.has(server)) reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
        else resolve(model.monitoring(server));
      });
    });
  }

  /** How it is for the processes of this name, whichever start of them. */
  weatherOf(name: string): Weather {
    const known = this.#weather.get(name);
    if (known !== undefined) return known;
    const weather: Weather = { delayMs: usual, isUpHeld: false, isDownHeld: false, isDown: false };
    this.#weather.set(name, weather);
    return weather;
  }

  /** Changes the weather; what was held moves on. */
  change(name: string, change: Partial<Weather>): void {
    Object.assign(this.weatherOf(name), change);
    for (const cable of this.#cables.keys()) if (cable.machine.name === name) cable.pump();
  }

  clear(name: string): void {
    this.change(name, { delayMs: usual, isUpHeld: false, isDownHeld: false, isDown: false });
  }

  dial(machine: Machine, port: number, connected: () => void): Cable {
    const { timeline, random, model } = this.#parts;
    const server = port - firstPort;
    const weather = this.weatherOf(machine.name);
    const cable = new Cable({ timeline, machine, weather, random }, () => this.#cables.delete(cable));
    this.#cables.set(cable, server);
    const held = weather.isUpHeld || weather.isDownHeld;
    machine.at(0.2 + random(), () => {
      if (cable.destroyed || held) return; // who dials gives up by itself
      if (weather.isDown || model.down.has(server) || model.servers[server] === undefined) return refuse(cable);
      const session = model.connect(server, (bytes) => cable.fromServer(bytes));
      cable.attach({ receive: (bytes) => session.receive(bytes), closed: () => model.disconnect(session) });
      connected();
    });
    return cable;
  }

  /** Ends the connections of a process. */
  cut(machine: Machine, how: "cut" | "silent"): void {
    for (const cable of this.#cables.keys()) if (cable.machine === machine) cable.break(how);
  }

  cutServer(server: number): void {
    for (const [cable, to] of this.#cables) if (to === server) cable.break("cut");
  }
}

function refuse(cable: Cable): void {
  const error = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  cable.destroyed = true;
  if (cable.listenerCount("error") > 0) cable.emit("error", error);
  cable.emit("close");
}
