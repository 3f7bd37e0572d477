// A process of its own on an embedded store: `hold` keeps it open; `write` has actors append without end and prints each
// commit that was acknowledged, as `actor token`; `rounds` has some append at once, prints, and goes on to the next round.
import { writeSync } from "node:fs";
import { embeddedBackend } from "../src/embedded/backend.ts";
import { systemName } from "./embedded-places.ts";

const writers = 16;
const rounds = 40;
const [, , mode, directory = "", maxTailKeys] = process.argv;

const options = { directory, snapshotsKept: 2, maxFileBytes: undefined, maxTailKeys: Number(maxTailKeys) };
const stores = await embeddedBackend(options).open({ systemName, warn: () => undefined });
const print = (line: string): void => void writeSync(1, `${line}\n`);
print("open");
if (mode === "hold") setInterval(() => undefined, 60_000);
else if (mode === "rounds") await writeRounds();
else await Promise.all(Array.from({ length: writers }, (_, i) => write({ type: "account", id: `writer-${i}` })));

async function write(actor: { type: string; id: string }): Promise<never> {
  let token = (await stores.events.head(actor))?.token ?? 0;
  for (;;) {
    const text = `${actor.id} ${token + 1} ${"x".repeat(token % 500)}`;
    const outcome = await stores.events.append(actor, token, Buffer.from(text));
    if (outcome.type !== "committed") throw new Error(`${text}: ${JSON.stringify(outcome)}`);
    token = outcome.token;
    print(`${actor.id} ${token}`);
  }
}

/** One to four at once, each behind its own last commit. */
async function writeRounds(): Promise<void> {
  const tokens = [0, 0, 0, 0];
  for (let round = 1; round <= rounds; round++) {
    const writing = tokens.slice(0, 1 + (round % tokens.length)).map((after, i) => {
      return stores.events.append({ type: "account", id: `writer-${i}` }, after, Buffer.from(`round ${round}`));
    });
    for (const [i, outcome] of (await Promise.all(writing)).entries()) {
      if (outcome.type !== "committed") throw new Error(`round ${round}: ${JSON.stringify(outcome)}`);
      tokens[i] = outcome.token;
    }
    print(`acknowledged ${round}`);
  }
  await stores.close?.();
}
