// Who writes, for persistence: this start of this node, which others can certainly write no more, and which may not have
// ended yet what they had begun.
import { ActorAddress, type Clock } from "@aether/actor";
import type { Writer, Writers } from "@aether/persistence";
import type { NodeAddress } from "./contracts/node.ts";
import { FormerViews } from "./former-views.ts";
import type { Membership } from "./membership.ts";
import type { ClusterView } from "./view.ts";

export interface ClusterWritersParts {
  readonly membership: Membership;
  readonly clock: Clock;
  readonly leaseMs: number;
  /** Who owns an actor by a view. */
  readonly ownerIn: (view: ClusterView, actor: ActorAddress) => NodeAddress | undefined;
}

/** Gone for good is who said so itself, or was removed so long ago that its lease has run out everywhere. */
export function clusterWriters({ membership, clock, leaseMs, ownerIn }: ClusterWritersParts): Writers {
  const former = new FormerViews(membership, clock);
  const isGone = (writer: Writer): boolean => {
    const state = membership.view.stateOf(writer);
    if (state === "left") return true;
    return state === "removed" && (membership.removedSince(writer) ?? 0) > leaseMs;
  };
  const isOther = (owner: NodeAddress | undefined): boolean => {
    const { node, epoch } = membership.address;
    return owner !== undefined && (owner.node !== node || owner.epoch !== epoch) && !isGone(owner);
  };
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
    isGone,
    mayHaveOther: ({ type, id }): boolean => {
      const actor = new ActorAddress(type, id);
      return former.some((view) => isOther(ownerIn(view, actor)));
    },
  };
}
