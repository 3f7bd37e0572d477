// What the tests on a real server share: a stream for them, and text for bytes.
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Link, LinkStatus, StoredMessage } from "../src/index.ts";

export async function createStream(connection: NatsConnection, config: Record<string, unknown> = {}): Promise<void> {
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "EV", subjects: ["ev.>"], allow_direct: true, ...config });
}

export function bytes(value: string): Uint8Array {
  return Buffer.from(value);
}

export function text(message: StoredMessage | { data: Uint8Array } | undefined): string | undefined {
  return message === undefined ? undefined : Buffer.from(message.data).toString();
}

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (error: { code?: string }) => error.code ?? "an error without code",
  );
}

export function nextStatus(of: Link, wanted: LinkStatus): Promise<void> {
  return new Promise((resolve) => {
    const stop = of.onStatus((status) => {
      if (status !== wanted) return;
      stop();
      resolve();
    });
  });
}
