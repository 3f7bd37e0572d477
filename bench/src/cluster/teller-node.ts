// The other node as a process of its own: hosts the tellers, and answers the same requests by hand.
import { createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { connectLink } from "@aether/nats";
import { rawSubject } from "./raw.ts";
import { Teller, type Transfer } from "./teller.ts";

const [servers = ""] = process.argv.slice(2);
const system = await createSystem({
  name: "bench",
  actors: [Teller],
  plugins: [cluster({ servers, node: "teller" })],
  log: false,
});
const link = await connectLink({ servers, name: "raw" });
let balance = 0;
let transfers = 0;
link.subscribe(rawSubject, ({ data, reply }) => {
  const { amount } = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString()) as Transfer;
  balance += amount;
  if (reply !== undefined) link.publish(reply, Buffer.from(JSON.stringify({ balance, transfers: ++transfers })));
});
await link.request(rawSubject, Buffer.from('{"amount":0}')); // the server knows of the subscription now
process.stdout.write("ready\n");
process.stdin.on("end", () => void end()).resume();

async function end(): Promise<void> {
  await link.close();
  await system.stop();
}
