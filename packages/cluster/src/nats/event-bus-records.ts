// What durable subscriptions remember, in the key-value bucket of the system's store: it is there wherever a store is.
import type { Link } from "@aether/nats";
import type { BusRecord, BusRecords } from "../contracts/event-bus.ts";

/** @param bucket of the store: `bucketOf` of the JetStream backend */
export class NatsBusRecords implements BusRecords {
  readonly #link: Link;
  readonly #bucket: string;

  constructor(link: Link, bucket: string) {
    this.#link = link;
    this.#bucket = bucket;
  }

  async read(name: string): Promise<BusRecord | undefined> {
    const found = await this.#link.getLastFromLeader(`KV_${this.#bucket}`, recordSubjectOf(this.#bucket, name));
    return found && { text: Buffer.from(found.data).toString(), revision: found.sequence };
  }

  async write(name: string, text: string, expected: number): Promise<number | undefined> {
    const outcome = await this.#link.append(recordSubjectOf(this.#bucket, name), Buffer.from(text), expected);
    if (outcome.type === "stored") return outcome.sequence;
    if (outcome.type === "wrong-sequence") return undefined;
    throw new Error(`the bucket ${this.#bucket} refused it: ${outcome.description}`);
  }
}

/** Where it stands; with `*` as the name, all of them. */
export function recordSubjectOf(bucket: string, name: string): string {
  return `$KV.${bucket}.bus.${name}`;
}
