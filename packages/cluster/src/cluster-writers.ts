// Who writes, for persistence: this start of this node, and which others can certainly write no more.
import type { Writer, Writers } from "@aether/persistence";
import type { Membership } from "./membership.ts";

/** Gone for good is who said so itself, or was removed so long ago that its lease has run out everywhere. */
export function clusterWriters(membership: Membership, leaseMs: number): Writers {
  return {
    current: {
      get node() {
        return membership.address.node;
      },
      get epoch() {
        return membership.address.epoch;
      },
    },
    // An actor goes from one node to another by a change of either's entry: these two are looked at.
    caughtUpWith: ({ node }: Writer): Promise<void> => membership.caughtUpWith([node, membership.address.node]),
    isGone: (writer: Writer): boolean => {
      const state = membership.view.stateOf(writer);
      if (state === "left") return true;
      return state === "removed" && (membership.removedSince(writer) ?? 0) > leaseMs;
    },
  };
}
