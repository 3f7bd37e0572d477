// The demo's entry. It listens for Ctrl-C before it loads the rest: from here on there is an answer to it at any moment.
import { explain } from "./exit.ts";
import { listenForStop } from "./stop.ts";

const { signal, fail } = listenForStop();
try {
  const { demo } = await import("./demo.ts");
  process.exitCode = await demo(process.argv.slice(2), { signal, fail });
} catch (error) {
  // Once it is to stop, whatever else fails (loading, too) comes of that.
  process.exitCode = explain(signal.aborted ? signal.reason : error);
}
process.exit();
