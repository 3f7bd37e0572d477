// V8 forgets the shape of objects with the last of them, and the code that it optimized for that shape with it. Messages live
// so short, and children or whole systems may come and go so often, that a collection of garbage may find none alive: so one of
// each lives on, with a system that never starts.
import { Actor, bindContext } from "./actor.ts";
import { ActorAddress } from "./address.ts";
import { Agenda } from "./agenda.ts";
import { Ask } from "./ask.ts";
import { anonymous } from "./asking.ts";
import { Cell } from "./cell.ts";
import { PlainTell } from "./envelope.ts";
import { HostedType } from "./hosted-type.ts";
import type { Kernel } from "./kernel.ts";
import { Offspring } from "./offspring.ts";
import { createRef, type Target } from "./ref.ts";

class Sample extends Actor {
  static type = "sample";
}

/** Never runs. */
export function samplesOf(kernel: Kernel): readonly object[] {
  const hosted = new HostedType(kernel, Sample, {});
  const address = new ActorAddress("sample", "sample");
  const parent = new Cell(hosted, address);
  const child = new Cell(hosted, 1, parent);
  const actor = new Sample();
  bindContext(actor, parent.createContext(actor));
  (parent.ownTies().children = new Offspring()).add(child, undefined);
  const ref = createRef(parent.createContext(actor), hosted.info, child);
  const ask = new Ask(kernel, ref as unknown as Target, ["sample", undefined], anonymous);
  return [actor, ref.ask, ref.tell, ask, new PlainTell(child, "sample", undefined, 0), new Agenda(1)];
}
