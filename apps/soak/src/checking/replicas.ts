// Whether all replicas of a stream hold the same messages: I14.
import type { Run } from "./record.ts";
import type { Violation } from "./violation.ts";

export function* checkReplicas({ replicas = [] }: Run): Iterable<Violation> {
  for (const stream of new Set(replicas.map((replica) => replica.stream))) {
    const copies = replicas.filter((replica) => replica.stream === stream);
    if (new Set(copies.map(({ digest }) => digest)).size <= 1) continue;
    const each = copies.map(({ server, messages, digest }) => `${server} ${messages} messages, ${digest}`);
    yield { invariant: "I14 replicas are equal", what: `${stream}: ${each.join("; ")}` };
  }
}
