// How a stream is set up, and what the real server fills in where a client says nothing.

export interface StreamConfig {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly num_replicas: number;
  readonly max_msgs_per_subject: number;
  readonly max_msgs: number;
  readonly max_msg_size: number;
  readonly discard: string;
  readonly allow_direct: boolean;
  readonly deny_delete: boolean;
  readonly deny_purge: boolean;
  readonly [option: string]: unknown;
}

const defaults = {
  retention: "limits",
  storage: "file",
  discard: "old",
  max_consumers: -1,
  max_msgs: -1,
  max_bytes: -1,
  max_age: 0,
  max_msgs_per_subject: -1,
  max_msg_size: -1,
  num_replicas: 1,
  duplicate_window: 120_000_000_000,
  compression: "none",
  allow_direct: false,
  mirror_direct: false,
  sealed: false,
  deny_delete: false,
  deny_purge: false,
  allow_rollup_hdrs: false,
  consumer_limits: {},
  allow_msg_ttl: false,
};

/** The configuration that the server echoes. */
export function settled(name: string, wish: Readonly<Record<string, unknown>>): StreamConfig {
  const given = Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined));
  const subjects = (given["subjects"] as string[] | undefined) ?? [name];
  const { max_msgs_per_subject: kept } = { ...defaults, ...given } as { max_msgs_per_subject: number };
  return { ...defaults, ...given, name, subjects, max_msgs_per_subject: kept === 0 ? -1 : kept };
}
