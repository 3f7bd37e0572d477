// How far the feed is: one line that is written over on a terminal, a line for each tenth elsewhere.
import type { WriteStream } from "node:tty";

export interface Progress {
  readonly say: (line: string) => void;
  readonly progress: (done: number, total: number) => void;
  /** Ends the line that is being written over. */
  readonly end: () => void;
}

const everyMs = 100;

export function createProgress(out: WriteStream): Progress {
  let lastTenth = 0;
  let lastAt = 0;
  let isOpen = false;
  const end = (): void => {
    if (isOpen) out.write("\n");
    isOpen = false;
  };
  return {
    end,
    say(line) {
      end();
      out.write(`${line}\n`);
    },
    progress(done, total) {
      const tenth = Math.floor((done / total) * 10);
      const isNewTenth = tenth > lastTenth;
      lastTenth = tenth;
      if (!out.isTTY) {
        if (isNewTenth) out.write(`${tenth * 10} % (${done} of ${total} commands)\n`);
        return;
      }
      if (performance.now() - lastAt < everyMs && done < total) return;
      lastAt = performance.now();
      isOpen = true;
      out.write(`\r${"█".repeat(tenth * 2).padEnd(20, "░")} ${done} of ${total} commands`);
    },
  };
}
