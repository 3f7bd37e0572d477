// V8 forgets the shape of objects with the last of them, and the code that it optimized for that shape with it. What messages
// are made of lives so short that any collection of garbage may find none alive; so one of each lives on for nothing else.
import { ActorAddress } from "./address.ts";
import { Agenda } from "./agenda.ts";
import { Ask } from "./ask.ts";
import { anonymous } from "./asking.ts";
import { PlainTell } from "./envelope.ts";
import type { Kernel } from "./kernel.ts";
import type { Target } from "./ref.ts";

export function samplesOf(kernel: Kernel): readonly object[] {
  const address = new ActorAddress("sample", "sample");
  const target = { place: address, options: undefined } as unknown as Target;
  const ask = new Ask(kernel, target, ["sample", undefined], anonymous);
  return [address, ask, new PlainTell(address, "sample", undefined, 0), new Agenda(1)];
}
