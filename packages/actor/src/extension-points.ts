// The kernel's own ports: what a plugin may provide to change how the kernel works.
import type { Outbound, OutputPermit } from "./plugin.ts";
import { type Port, port } from "./port.ts";

/** Where messages go. Without a provider they stay in this system. */
export const outbound: Port<Outbound> = port<Outbound>("outbound");

/** Whether anything may leave gates. Without a provider it always may. */
export const outputPermit: Port<OutputPermit> = port<OutputPermit>("output-permit");
