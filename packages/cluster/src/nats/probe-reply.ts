// Where the answer to a probe may go. Whoever can reach a node's subject chooses that address, and must not make the node
// publish where the node alone may: to JetStream, to a store, to other nodes.
const inboxAddress = /^[\w-]+(?:\.[\w-]+)*\.a\.[0-9a-z]+\.0$/;

/** @param prefix of the system's own subjects, of which only its inboxes are answered */
export function isProbeReply(subject: string, prefix: string): boolean {
  if (!inboxAddress.test(subject)) return false;
  return !subject.startsWith(`${prefix}.`) || subject.startsWith(`${prefix}.inbox.`);
}
