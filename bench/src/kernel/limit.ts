// The limit that our kernel is held against (`hand_runq_fair`): what a careful hand would write without a framework. A
// ring-buffer mailbox per actor, made at its first message, one run queue drained in a microtask, 300 messages a turn, and
// the event loop's turn after every 5,000. Nothing else: no addresses, no errors, no bounds, no deadlines. An ask is a
// promise whose `resolve` travels in the message.

const messagesPerTurn = 300;
const messagesPerYield = 5_000;

/** Twice the slots of a full ring, its items in order from the first slot. */
function grown<Item>(slots: readonly (Item | undefined)[], head: number): (Item | undefined)[] {
  // oxlint-disable-next-line unicorn/no-new-array -- Array.from fills them one by one, which is many times slower
  const larger = new Array<Item | undefined>(slots.length * 2);
  for (let i = 0; i < slots.length; i++) larger[i] = slots[(head + i) & (slots.length - 1)];
  return larger;
}

interface Runnable {
  /** How many messages it handled. */
  run(): number;
  readonly isQueued: boolean;
}

/** The ring is in the actor itself: an object less for each. */
export class HandActor<Message> implements Runnable {
  readonly receive: (message: Message) => void;
  isQueued = false;
  slots: (Message | undefined)[] | undefined = undefined;
  head = 0;
  length = 0;

  constructor(receive: (message: Message) => void) {
    this.receive = receive;
  }

  tell(message: Message): void {
    let slots = (this.slots ??= [undefined, undefined, undefined, undefined]);
    if (this.length === slots.length) {
      slots = this.slots = grown(slots, this.head);
      this.head = 0;
    }
    slots[(this.head + this.length++) & (slots.length - 1)] = message;
    if (this.isQueued) return;
    this.isQueued = true;
    schedule(this);
  }

  run(): number {
    let handled = 0;
    for (; handled < messagesPerTurn && this.length > 0; handled++) {
      // Again for each message: a handler that tells itself may have made the ring grow.
      const slots = this.slots as (Message | undefined)[];
      const message = slots[this.head] as Message;
      slots[this.head] = undefined;
      this.head = (this.head + 1) & (slots.length - 1);
      this.length--;
      this.receive(message);
    }
    if (this.length === 0) this.isQueued = false;
    return handled;
  }
}

const runQueue = {
  slots: [undefined, undefined, undefined, undefined] as (Runnable | undefined)[],
  head: 0,
  length: 0,
  isDraining: false,
  leftUntilYield: messagesPerYield,
};

function schedule(actor: Runnable): void {
  enqueue(actor);
  if (runQueue.isDraining) return;
  runQueue.isDraining = true;
  queueMicrotask(drain);
}

function enqueue(actor: Runnable): void {
  const queue = runQueue;
  if (queue.length === queue.slots.length) {
    queue.slots = grown(queue.slots, queue.head);
    queue.head = 0;
  }
  queue.slots[(queue.head + queue.length++) & (queue.slots.length - 1)] = actor;
}

function drain(): void {
  const queue = runQueue;
  while (queue.length > 0) {
    const actor = queue.slots[queue.head] as Runnable;
    queue.slots[queue.head] = undefined;
    queue.head = (queue.head + 1) & (queue.slots.length - 1);
    queue.length--;
    queue.leftUntilYield -= actor.run();
    if (actor.isQueued) enqueue(actor);
    if (queue.leftUntilYield <= 0) {
      queue.leftUntilYield = messagesPerYield;
      setImmediate(drain);
      return;
    }
  }
  queue.isDraining = false;
}
