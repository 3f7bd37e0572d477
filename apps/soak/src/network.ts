// A network of its own for each server and node: namespaces on one bridge, whose links lose packets on demand. All of it
// belongs to the namespace that this process runs in, and ends with it.
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { command } from "./command.ts";

const bridge = "ae0";
const prefix = "10.77.0";

/** Which packets are lost. */
export interface Loss {
  /** As the host sees it. */
  readonly direction: "in" | "out";
  /** Of 1. @default all */
  readonly share?: number;
  /** Only those between it and this one. */
  readonly peer?: Host;
}

export interface Host {
  readonly name: string;
  readonly address: string;
  /** Its end of the cable, on the bridge. */
  readonly device: string;
  /** Its namespace. */
  readonly file: string;
}

export class Network implements AsyncDisposable {
  readonly #dir: string;
  readonly #hosts: Host[] = [];
  readonly #disturbed = new Set<Host>();

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** This process's own address. */
  readonly address: string = `${prefix}.1`;

  /** @returns why the machine has none */
  static async open(dir: string): Promise<Network | string> {
    mkdirSync(dir);
    const network = new Network(dir);
    try {
      await command("ip", "link", "set", "lo", "up");
      await command("ip", "link", "add", bridge, "type", "bridge");
      await command("ip", "addr", "add", `${network.address}/24`, "dev", bridge);
      await command("ip", "link", "set", bridge, "up");
      const probe = await network.addHost("probe");
      await network.lose(probe, { direction: "in", share: 0.5 });
      await network.slow(probe, 1_000);
      await network.heal();
      return network;
    } catch (error) {
      return (error as Error).message;
    }
  }

  async addHost(name: string): Promise<Host> {
    const n = this.#hosts.length + 10;
    const host = { name, address: `${prefix}.${n}`, device: `v${n}`, file: join(this.#dir, name) };
    this.#hosts.push(host);
    closeSync(openSync(host.file, "w"));
    await command("unshare", `--net=${host.file}`, "true");
    await command("ip", "link", "add", host.device, "type", "veth", "peer", "name", `e${n}`);
    await command("ip", "link", "set", host.device, "master", bridge, "up");
    await command("ip", "link", "set", `e${n}`, "netns", host.file);
    const inside = [`--net=${host.file}`, "ip"];
    await command("nsenter", ...inside, "link", "set", "lo", "up");
    await command("nsenter", ...inside, "addr", "add", `${host.address}/24`, "dev", `e${n}`);
    await command("nsenter", ...inside, "link", "set", `e${n}`, "up");
    await command("tc", "qdisc", "add", "dev", host.device, "clsact");
    return host;
  }

  async lose(host: Host, { direction, share = 1, peer }: Loss): Promise<void> {
    this.#disturbed.add(host);
    // What leaves the host comes into the bridge.
    const side = direction === "out" ? "ingress" : "egress";
    const program = lossProgram(share, direction, peer);
    await command("tc", "filter", "add", "dev", host.device, side, "bpf", "da", "bytecode", program);
  }

  /** What goes to the host goes at this pace; what does not fit into the queue is lost. */
  async slow(host: Host, kbit: number): Promise<void> {
    this.#disturbed.add(host);
    const rate = ["rate", `${kbit}kbit`, "burst", "32kb", "latency", "400ms"];
    await command("tc", "qdisc", "add", "dev", host.device, "root", "tbf", ...rate);
  }

  /** The namespaces go with the last process in them; their files can go now. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { file } of this.#hosts) await command("umount", "--lazy", file);
  }

  async heal(): Promise<void> {
    for (const host of this.#disturbed) {
      await command("tc", "qdisc", "del", "dev", host.device, "clsact");
      await command("tc", "qdisc", "add", "dev", host.device, "clsact");
      await command("tc", "qdisc", "del", "dev", host.device, "root").catch(() => ""); // if it was slow
      this.#disturbed.delete(host);
    }
  }
}

/** The words that run a program in the host's network. */
export function inHost(host: Host): readonly string[] {
  return ["nsenter", `--net=${host.file}`, "--"];
}

/** Classic BPF: 2 loses the packet, 0 lets it pass. */
function lossProgram(share: number, direction: Loss["direction"], peer: Host | undefined): string {
  const pass = "6 0 0 0";
  const drop = "6 0 0 2";
  const network = 0xfff00000; // where the packet's IP header begins
  const random = 0xfffff038;
  const steps: string[] = [];
  if (peer !== undefined) {
    const offset = direction === "out" ? 16 : 12;
    const address = peer.address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
    steps.push(`32 0 0 ${network + offset}`, `21 1 0 ${address}`, pass);
  }
  if (share < 1) steps.push(`32 0 0 ${random}`, `37 0 1 ${Math.floor(share * 2 ** 32)}`, pass);
  steps.push(drop);
  return [steps.length, ...steps].join(",");
}
