// A small disk for one store, which can be full, and whose power can be cut: what was not flushed by then is lost, as in
// life. It is a file system in a file; where loop devices are not allowed, one in memory, which cannot be cut.
import { mkdirSync, statfsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { command } from "./command.ts";

/** The file grows as it is needed. */
const imageGiB = 24;
const memoryBytes = 4 * 2 ** 30;
const unmountTries = 50;
const filler = "filler";
const fillerFiles = 10;
/** Of a disk that is full: less than the next commits take. */
const maxLeftBytes = 65_536;

export class Disk {
  /** Where it is mounted. */
  readonly path: string;
  /** Why its power cannot be cut. */
  readonly whyNoCut: string | undefined;
  readonly #image: string;
  #isFull = false;

  private constructor(path: string, image: string, whyNoCut: string | undefined) {
    this.path = path;
    this.whyNoCut = whyNoCut;
    this.#image = image;
  }

  /** In a table of mounts of this process's own. @returns why there is none */
  static async open(dir: string, name: string): Promise<Disk | string> {
    const [path, image] = [join(dir, name), join(dir, `${name}.img`)];
    mkdirSync(path);
    try {
      await command("truncate", "-s", `${imageGiB}G`, image);
      await command("mkfs.ext4", "-q", "-m", "0", image);
      await command("mount", "-o", "loop", image, path);
      return new Disk(path, image, undefined);
    } catch (error) {
      await rm(image, { force: true });
      const why = (error as Error).message;
      try {
        await command("mount", "-t", "tmpfs", "-o", `size=${memoryBytes}`, "soak", path);
        return new Disk(path, image, why);
      } catch {
        return why;
      }
    }
  }

  /** Leaves no space. */
  async fill(): Promise<void> {
    this.#isFull = true;
    const { bsize, blocks, bavail } = statfsSync(this.path);
    const isImage = this.whyNoCut === undefined;
    if (isImage) await this.#fillImage();
    else await this.#resize((blocks - bavail) * bsize);
    const left = statfsSync(this.path);
    const leftBytes = left.bsize * left.bavail;
    if (leftBytes > maxLeftBytes) throw new Error(`${this.path} is not full: ${leftBytes} bytes are left`);
  }

  async free(): Promise<void> {
    if (!this.#isFull) return;
    this.#isFull = false;
    if (this.whyNoCut === undefined) await rm(join(this.path, filler), { recursive: true, force: true });
    else await this.#resize(memoryBytes);
  }

  /** Copies what has reached the device. Whoever writes there must not run: stop it before, kill it behind. */
  async copy(): Promise<void> {
    await command("cp", "--sparse=always", this.#image, `${this.#image}.cut`);
  }

  /** Goes on with the copy, once nobody has a file open. */
  async swap(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await command("umount", this.path);
        break;
      } catch (error) {
        if (tries === unmountTries) throw error;
        await delay(100);
      }
    }
    await rename(`${this.#image}.cut`, this.#image);
    await command("mount", "-o", "loop", this.#image, this.path);
  }

  /** As soon as nobody is in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await command("umount", "--lazy", this.path);
    await rm(this.#image, { force: true });
  }

  /** In ever smaller files, since each needs some space for itself; they take what they can, and complain. */
  async #fillImage(): Promise<void> {
    const dir = join(this.path, filler);
    mkdirSync(dir);
    for (let n = 1; n <= fillerFiles; n++) {
      const { bsize, bavail } = statfsSync(this.path);
      if (bavail === 0) return;
      await command("fallocate", "-l", String(bsize * bavail), join(dir, String(n))).catch(() => undefined);
    }
  }

  #resize(bytes: number): Promise<string> {
    return command("mount", "-o", `remount,size=${bytes}`, this.path);
  }
}
