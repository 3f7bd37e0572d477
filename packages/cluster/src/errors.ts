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

/** `CLUSTER_NOT_JOINED`: the node could not write itself into the table. */
export class NotJoined extends AetherError {
  constructor(node: string, reason: string) {
    super("CLUSTER_NOT_JOINED", `Node "${node}" could not join: ${reason}.`, {
      retryable: true,
      data: { node, reason },
    });
  }
}
