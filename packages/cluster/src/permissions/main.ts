// `node node_modules/@aether/cluster/dist/permissions/main.js …`: runs the command and says how it went.
import { runCommand } from "./command.ts";

try {
  process.stdout.write(await runCommand(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
