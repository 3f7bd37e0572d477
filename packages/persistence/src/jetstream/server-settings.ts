// What a nats-server says of itself on its monitoring port, which is the only place where it tells how it flushes.

import { systemScheduler } from "@aether/actor";

/** The settings of one server that matter for durability. */
export interface ServerSettings {
  readonly url: string;
  readonly name: string;
  readonly version: string;
  /** Whether it flushes each message before it acknowledges. */
  readonly syncAlways: boolean;
  /** How often it flushes otherwise, such as `120s`. */
  readonly syncInterval: string;
}

const timeoutMs = 3_000;

interface Varz {
  readonly server_name?: string;
  readonly version?: string;
  readonly jetstream?: { readonly config?: { readonly sync_always?: boolean; readonly sync_interval?: number } };
}

/** Asks `/varz` of the monitoring endpoint. @throws Error naming the URL when nothing usable answers within 3 s */
export async function settingsOf(url: string): Promise<ServerSettings> {
  const late = new AbortController();
  const giveUp = (): void => late.abort(new Error(`no answer within ${timeoutMs} ms`));
  const answered = systemScheduler.after(timeoutMs, giveUp);
  try {
    const answer = await fetch(`${url.replace(/\/$/, "")}/varz`, { signal: late.signal });
    return toSettings(url, (await answer.json()) as Varz);
  } catch (cause) {
    const { message, cause: why } = cause as Error;
    throw new Error(`monitoring at ${url}: ${why instanceof Error ? why.message : message}`, { cause });
  } finally {
    answered();
  }
}

function toSettings(url: string, { server_name: name, version, jetstream }: Varz): ServerSettings {
  const config = jetstream?.config;
  if (!name || !version || config === undefined) throw new Error("no nats-server with JetStream answers there");
  const { sync_always: syncAlways = false, sync_interval: nanos = 0 } = config;
  return { url, name, version, syncAlways, syncInterval: `${nanos / 1e9}s` };
}
