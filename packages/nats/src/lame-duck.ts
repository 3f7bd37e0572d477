// Leaves a server that is about to end ("lame duck mode") before it closes the connection. Invariant: nothing that was
// sent is cut off while its answer may still come in time; what is new waits, held, for the next server.
import type { NatsConnection } from "@nats-io/transport-node";
import { setTimeout as delay } from "node:timers/promises";
import type { Requester } from "./requester.ts";

const pollMs = 5;

/** The move of one link. */
export interface LameDuckMove {
  /** True from the server's notice until the connection to the next one is there: nothing may be sent. */
  readonly isMoving: boolean;
  /** Begins the move, if there is another server to move to. */
  begin(): void;
  /** The connection is there again. */
  end(): void;
}

/** @param withinMs how long answers are waited for before the old connection is given up */
export function createLameDuckMove(connection: NatsConnection, requester: Requester, withinMs: number): LameDuckMove {
  let isMoving = false;
  const move = async (): Promise<void> => {
    const until = performance.now() + withinMs;
    while (requester.hasSent && performance.now() < until) await delay(pollMs);
    // What was published before the notice is on its way when the server has answered.
    await Promise.race([connection.flush().catch(() => {}), delay(withinMs, undefined, { ref: false })]);
    await connection.reconnect().catch(() => {});
  };
  return {
    get isMoving() {
      return isMoving;
    },
    begin: () => {
      // The server leaves itself out of the list that comes with the notice.
      const others = connection.info?.connect_urls ?? [];
      if (isMoving || others.length === 0) return;
      isMoving = true;
      void move();
    },
    end: () => void (isMoving = false),
  };
}
