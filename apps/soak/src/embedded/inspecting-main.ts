// Opens a store that was damaged, and says for each wallet what its actor shows, or the name of the error. Its argument is
// an `InspectingArgument`.
import { AetherError, createSystem } from "@aether/actor";
import { persistence } from "@aether/persistence";
import { embedded } from "@aether/persistence/embedded";
import { writeFileSync } from "node:fs";
import { argument, runProcess } from "../process-main.ts";
import { Wallet } from "../wallet.ts";

export interface InspectingArgument {
  readonly directory: string;
  readonly wallets: readonly string[];
  /** Where the answer goes: `Inspected[]` as JSON. */
  readonly answerPath: string;
}

/** What one wallet shows. */
export type Inspected =
  | { readonly wallet: string; readonly n: number; readonly sum: number }
  | { readonly wallet: string; readonly error: string };

const { directory, wallets, answerPath } = argument() as InspectingArgument;
const timeoutMs = 20_000;

await runProcess(async () => {
  writeFileSync(answerPath, JSON.stringify(await inspect()));
  return async () => undefined;
});

async function inspect(): Promise<Inspected[]> {
  try {
    await using system = await createSystem({
      name: "soak",
      actors: [Wallet],
      plugins: [persistence({ store: embedded({ directory }), recoverWithinMs: 2_000 })],
      log: false,
    });
    return await Promise.all(
      wallets.map(async (wallet) => {
        try {
          const { n, sum } = await system.ref(Wallet, wallet).with({ timeoutMs }).ask.look();
          return { wallet, n, sum };
        } catch (error) {
          return { wallet, error: nameOf(error) };
        }
      }),
    );
  } catch (error) {
    return wallets.map((wallet) => ({ wallet, error: nameOf(error) }));
  }
}

/** Without a code it has no name. */
function nameOf(error: unknown): string {
  if (!(error instanceof AetherError)) return `unnamed: ${String(error)}`;
  const { code, data } = error as AetherError & { data?: { causeCode?: unknown } };
  return typeof data?.causeCode === "string" ? data.causeCode : code;
}
