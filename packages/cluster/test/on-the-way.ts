// A network between the nodes of a test that does to frames what a test wants: lose them without a trace, delay them.
import type { ClusterBackend, Transport } from "@aether/cluster";

/** @param carry is given each frame; it arrives when (and if) `deliver` is called */
export function onTheWay(
  backend: ClusterBackend,
  carry: (frame: Uint8Array, deliver: () => void) => void,
): ClusterBackend {
  const connectOf =
    (transport: Transport): Transport["connect"] =>
    (to, listener) => {
      const peer = transport.connect(to, listener);
      return {
        send: (frame, n) => {
          if (!transport.isConnected) return false;
          carry(frame, () => void peer.send(frame, n));
          return true;
        },
        probe: () => peer.probe(),
        close: () => peer.close(),
      };
    };
  return {
    ...backend,
    async open(scope) {
      const opened = await backend.open(scope);
      const connect = connectOf(opened.transport);
      const transport = new Proxy(opened.transport, {
        get: (target, name) => {
          const found = name === "connect" ? connect : (Reflect.get(target, name, target) as unknown);
          return typeof found === "function" ? (found.bind(target) as unknown) : found;
        },
      });
      return { table: opened.table, transport, close: () => opened.close() };
    },
  };
}
