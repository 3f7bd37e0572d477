// When the server stored each message of a stream: it says so in nanoseconds on what a consumer delivers, nowhere else.
import type { Link } from "@aether/nats";

const deliverTo = "bench.stamps";

/** Milliseconds since the epoch by the server's clock, for each sequence from `first` to `last`. */
export async function stampsOf(
  link: Link,
  stream: string,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<ReadonlyMap<number, number>> {
  const stamps = new Map<number, number>();
  let stop = (): void => {};
  const all = new Promise<void>((resolve) => {
    stop = link.subscribe(deliverTo, ({ reply = "" }) => {
      // $JS.ACK.<stream>.<consumer>.<times>.<sequence>.<delivered>.<nanoseconds>.<pending>, with two more before the stream
      const tokens = reply.split(".").slice(reply.split(".").length > 9 ? 7 : 5);
      const sequence = Number(tokens[0]);
      stamps.set(sequence, Number(tokens[2]) / 1e6);
      if (sequence >= last) resolve();
    });
  });
  const config = {
    deliver_subject: deliverTo,
    deliver_policy: "by_start_sequence",
    opt_start_seq: first,
    ack_policy: "none",
    headers_only: true,
    mem_storage: true,
  };
  const asked = Buffer.from(JSON.stringify({ stream_name: stream, config }));
  const answer = await link.request(`$JS.API.CONSUMER.CREATE.${stream}`, asked);
  if (Buffer.from(answer.data).includes('"error"')) throw new Error(Buffer.from(answer.data).toString());
  await all;
  stop();
  return stamps;
}
