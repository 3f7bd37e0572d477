// The errors of the cluster: one class per situation; codes never change meaning.
import { AetherError } from "@aether/actor";

/** `CLUSTER_NODE_GONE`: the node that had the command is gone, and a command without an id is not sent twice. */
export class NodeGone extends AetherError {
  constructor(node: string, address: string, command: string) {
    super(
      "CLUSTER_NODE_GONE",
      `Node "${node}" is gone; whether "${command}" of ${address} ran there is unknown. With a commandId it is sent again.`,
      { retryable: true, data: { node, address, command } },
    );
  }
}

/** `CLUSTER_ANSWER_LOST`: the answer went to an address that this node has no more; a command without an id is not sent twice. */
export class AnswerLost extends AetherError {
  constructor(node: string, address: string, command: string) {
    super(
      "CLUSTER_ANSWER_LOST",
      `The line to node "${node}" began anew; whether "${command}" of ${address} ran there is unknown. With a commandId it is sent again.`,
      { retryable: true, data: { node, address, command } },
    );
  }
}

/** `CLUSTER_OVERLOADED`: too many messages to one node wait to be sent, or for their answers. */
export class Overloaded extends AetherError {
  constructor(node: string, outstanding: number) {
    super("CLUSTER_OVERLOADED", `${outstanding} messages to node "${node}" wait already. Retry later.`, {
      retryable: true,
      data: { node, outstanding },
    });
  }
}

/** `CLUSTER_MESSAGE_TOO_LARGE`: one message does not fit into what the transport carries; it was not sent. */
export class MessageTooLarge extends AetherError {
  constructor(what: string, bytes: number, maxBytes: number) {
    super("CLUSTER_MESSAGE_TOO_LARGE", `${what} takes ${bytes} bytes, at most ${maxBytes} travel between nodes.`, {
      data: { what, bytes, maxBytes },
    });
  }
}

/** `CLUSTER_BAD_FRAME`: what came from another node is no frame of this version. */
export class BadFrame extends AetherError {
  constructor(reason: string) {
    super("CLUSTER_BAD_FRAME", `A frame from another node was dropped: ${reason}.`, { data: { reason } });
  }
}

/** `CLUSTER_NODE_SILENT`: a node did not answer another one in time. */
export class NodeSilent extends AetherError {
  constructor(node: string, request: string, withinMs: number) {
    super("CLUSTER_NODE_SILENT", `Node "${node}" did not answer "${request}" within ${withinMs} ms.`, {
      retryable: true,
      data: { node, request, withinMs },
    });
  }
}

/** `CLUSTER_NOT_JOINED`: the node could not write itself into the table. */
export class NotJoined extends AetherError {
  constructor(node: string, reason: string) {
    super("CLUSTER_NOT_JOINED", `Node "${node}" could not join: ${reason}.`, {
      retryable: true,
      data: { node, reason },
    });
  }
}

/** `CLUSTER_EVENT_GAP`: commits were lost on the way to the event bus. They are read again from the store before others. */
export class EventGap extends AetherError {
  constructor(stream: number, after: number, before: number) {
    super(
      "CLUSTER_EVENT_GAP",
      `Between positions ${after} and ${before} of stream ${stream} commits were lost on the way; they are read again.`,
      { data: { stream, after, before } },
    );
  }
}

/** `CLUSTER_EVENT_PARKED`: an event could not be handled, and was set aside so that the others go on. */
export class EventParked extends AetherError {
  constructor(id: string, where: string, attempts: number, cause: unknown) {
    super(
      "CLUSTER_EVENT_PARKED",
      `Event ${id} (${where}) was parked after ${attempts} attempts. Mend the handler, then call replayParked().`,
      { data: { id, attempts }, cause },
    );
  }
}

/** `CLUSTER_TOO_MANY_PARKED`: as many events as may be are parked; the subscription ended before the next one. */
export class TooManyParked extends AetherError {
  constructor(subscription: string, maxParked: number, cause: unknown) {
    super(
      "CLUSTER_TOO_MANY_PARKED",
      `${subscription} ended: ${maxParked} events are parked already. Mend the handler, or raise maxParked.`,
      { data: { subscription, maxParked }, cause },
    );
  }
}

/** `CLUSTER_SLOW_CONSUMER`: more commits wait for a handler than may; its subscription was told to fail then. */
export class SlowConsumer extends AetherError {
  constructor(subscription: string, commits: number, bytes: number) {
    super(
      "CLUSTER_SLOW_CONSUMER",
      `${subscription} ended: ${commits} commits (${bytes} bytes) wait for its handler. Use whenSlow "catch-up", or raise maxWaiting.`,
      { data: { subscription, commits, bytes } },
    );
  }
}

/** `CLUSTER_SUBSCRIPTION_TAKEN`: another process subscribed under the same name later, and goes on from here. */
export class SubscriptionTaken extends AetherError {
  constructor(name: string) {
    super(
      "CLUSTER_SUBSCRIPTION_TAKEN",
      `Subscription "${name}" ended: another one of that name has begun. Give each its own name.`,
      { data: { name } },
    );
  }
}

/** `CLUSTER_POSITION_AHEAD_OF_LOG`: the store ends before what was handled already: it was set back, or is another one. */
export class PositionAheadOfLog extends AetherError {
  constructor(subscription: string, at: { readonly stream: number; readonly position: number; readonly last: number }) {
    super(
      "CLUSTER_POSITION_AHEAD_OF_LOG",
      `${subscription} is at position ${at.position} of stream ${at.stream}, which ends at ${at.last}: the store was set back. ` +
        "Build anew what was made of its events, under another name.",
      { data: { subscription, ...at } },
    );
  }
}

/** Where events are gone. */
export interface TruncatedAt {
  readonly stream: number;
  readonly position: number;
  /** The first position behind them. */
  readonly first: number;
  /** Where they are gone of one actor only. */
  readonly actor?: string;
}

function beginning({ actor }: TruncatedAt): string {
  return actor === undefined ? "begins" : `goes on for ${actor}`;
}

/** `CLUSTER_LOG_TRUNCATED`: events behind the position were let go before they were handled. */
export class LogTruncated extends AetherError {
  constructor(subscription: string, at: TruncatedAt) {
    super(
      "CLUSTER_LOG_TRUNCATED",
      `${subscription} is at position ${at.position} of stream ${at.stream}, which ${beginning(at)} at ${at.first}: events between are gone. ` +
        'Begin at "start" under another name, or from a snapshot.',
      { data: { subscription, ...at } },
    );
  }
}

/** `CLUSTER_CHECKPOINT_FAILED`: what a durable subscription handled could not be remembered, or not be read. */
export class CheckpointFailed extends AetherError {
  constructor(name: string, reason: string, cause?: unknown) {
    super("CLUSTER_CHECKPOINT_FAILED", `The checkpoint of subscription "${name}": ${reason}.`, {
      retryable: true,
      data: { name, reason },
      cause,
    });
  }
}

/** `CLUSTER_BUS_CLOSED`: the event bus was used after its end. */
export class BusClosed extends AetherError {
  constructor() {
    super("CLUSTER_BUS_CLOSED", "The event bus is closed; subscribe before system.stop() or bus.close().");
  }
}

/** `CLUSTER_PROTOCOL_MISMATCH`: a node is present that does not understand what this one speaks, so this one does not join. */
export class ProtocolMismatch extends AetherError {
  constructor(node: string, own: readonly [number, number], other: string, theirs: readonly [number, number]) {
    const [ownText, text] = [own, theirs].map(([oldest, newest]) => `${oldest} to ${newest}`);
    super(
      "CLUSTER_PROTOCOL_MISMATCH",
      `Node "${node}" speaks protocol ${ownText}, node "${other}" ${text}. Upgrade by way of a version that speaks both.`,
      { data: { node, own, other, theirs } },
    );
  }
}

/** `CLUSTER_SYSTEM_MISMATCH`: the table holds nodes of a system of another name. */
export class SystemMismatch extends AetherError {
  constructor(node: string, own: string, other: string, theirs: string) {
    super(
      "CLUSTER_SYSTEM_MISMATCH",
      `Node "${node}" is of system "${own}", but node "${other}" in the same table is of "${theirs}". Give each system a table of its own.`,
      { data: { node, own, other, theirs } },
    );
  }
}

/** `CLUSTER_TABLE_REGRESSED`: the member table has lost changes that this node saw: it was restored, or made anew. */
export class TableRegressed extends AetherError {
  constructor(node: string, at: { readonly found: number; readonly known: number; readonly seen: number }) {
    const what = at.found === at.known ? "another start of it" : "it";
    super(
      "CLUSTER_TABLE_REGRESSED",
      `The member table has node "${node}" at revision ${at.found}, but was seen with ${what} at ${at.known}, and up to ${at.seen}: ` +
        "changes were lost. This node forgets what it knew and joins again; see whether events were lost, too.",
      { data: { node, ...at } },
    );
  }
}

/** `CLUSTER_TABLE_SILENT`: the member table did not answer in time. */
export class TableSilent extends AetherError {
  constructor(question: string, withinMs: number) {
    super("CLUSTER_TABLE_SILENT", `The member table did not answer (${question}) within ${withinMs} ms.`, {
      retryable: true,
      data: { question, withinMs },
    });
  }
}

/** `CLUSTER_PLACEMENT_FAILED`: the `placement` option threw, or named a node that is no candidate. */
export class PlacementFailed extends AetherError {
  constructor(address: string, reason: string, cause?: unknown) {
    super("CLUSTER_PLACEMENT_FAILED", `The placement of ${address} failed: ${reason}. Mend the placement option.`, {
      data: { address, reason },
      cause,
    });
  }
}
