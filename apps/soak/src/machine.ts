// What this machine lets a run do to networks and disks, and why not more.
import { Disk } from "./disk.ts";
import { Network } from "./network.ts";

export class Machine implements AsyncDisposable {
  /** For whatever belongs to the run. */
  readonly dir: string;
  /** Where nats-server is; `undefined`: it is looked for. */
  readonly binary: string | undefined;
  readonly network: Network | undefined;
  readonly whyNoNetwork: string;
  #whyNoDisk: string;
  readonly #disks: Disk[] = [];

  private constructor(dir: string, binary: string | undefined, network: Network | string) {
    this.dir = dir;
    this.binary = binary;
    this.network = typeof network === "string" ? undefined : network;
    this.whyNoNetwork = typeof network === "string" ? network : "";
    this.#whyNoDisk = this.whyNoNetwork;
  }

  /** @param inside where nats-server is, in a network and a table of mounts of our own; else why there are none */
  static async open(dir: string, inside: { readonly binary: string } | { readonly why: string }): Promise<Machine> {
    if ("why" in inside) return new Machine(dir, undefined, inside.why);
    const machine = new Machine(dir, inside.binary, await Network.open(`${dir}/net`));
    machine.#whyNoDisk = "";
    return machine;
  }

  get whyNoDisk(): string {
    return this.#whyNoDisk;
  }

  async openDisk(name: string): Promise<Disk | undefined> {
    if (this.#whyNoDisk !== "") return undefined;
    const disk = await Disk.open(this.dir, name);
    if (typeof disk === "string") {
      this.#whyNoDisk = disk;
      return undefined;
    }
    this.#disks.push(disk);
    return disk;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.network?.[Symbol.asyncDispose]();
    for (const disk of this.#disks) await disk[Symbol.asyncDispose]();
  }
}
