// The tokens of this package.
import { type Port, port } from "@aether/actor";
import type { Ownership } from "./contracts/ownership.ts";

/** Where actors live, by this node's view. */
export const ownership: Port<Ownership> = port<Ownership>("ownership");
