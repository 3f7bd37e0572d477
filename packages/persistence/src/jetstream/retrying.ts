// Patience at start: several nodes begin at once, and a stream that one of them is just making on several servers has no
// leader for a moment. Nobody answers for it then.
import { systemScheduler } from "@aether/actor";

/** How long one question to the servers may take; five of them stay within about ten seconds. */
export const answerTimeoutMs = 2_000;

const maxTries = 5;
const retryMs = 200;
/** "JetStream system temporarily unavailable". */
const unavailable = 10008;

/** Asks again while what it throws may pass. @throws what the last try threw */
export async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === maxTries || !mayPass(error as Failure)) throw error;
      await new Promise<void>((resolve) => void systemScheduler.after(retryMs, resolve));
    }
  }
}

/** What errors of the link and of the client have. */
interface Failure {
  readonly name?: string;
  readonly code?: unknown;
  readonly retryable?: boolean;
}

function mayPass({ name, code, retryable }: Failure): boolean {
  return name === "TimeoutError" || code === unavailable || retryable === true;
}
