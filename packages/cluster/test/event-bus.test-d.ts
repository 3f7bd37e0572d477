// What the types of subscriptions promise. Compiled by `tsc -b`, never run.
import type { EventBus, StoredEvent } from "@aether/cluster";
import { EventSourcedActor, type Events } from "@aether/persistence";

type AccountEvent = { type: "deposited"; amount: number } | { type: "closed" };

class Account extends EventSourcedActor<AccountEvent> {
  static type = "account";
  static readonly events: Events<AccountEvent> = { deposited: 1, closed: 1 };
  state = {};
  apply(): void {}
}

class Order extends EventSourcedActor<{ type: "placed"; lines: readonly string[] }> {
  static type = "order";
  static readonly events: Events<{ type: "placed" }> = { placed: 1 };
  state = {};
  apply(): void {}
}

declare const bus: EventBus;

export const typed = bus.subscribeToEventStored({ actor: Account, event: "deposited" }, ({ event }) => {
  if (event.type === "deposited") event.amount.toFixed();
});
export const several = bus.subscribeToEventStored({ actor: [Account, Order] }, async ({ event }) => {
  if (event.type === "placed") event.lines.join();
});
export const named = bus.subscribeToEventStored({ actor: "account", from: new Date(0) }, (stored: StoredEvent) => {
  stored.event.type.trim();
});
export const everything = bus.subscribeToEventStored({}, ({ commandId }) => void commandId?.trim());

// @ts-expect-error no event of an account
export const misspelled = bus.subscribeToEventStored({ actor: Account, event: "deposit" }, () => {});
export const wrongField = bus.subscribeToEventStored({ actor: Account }, ({ event }) => {
  // @ts-expect-error not every event has it
  event.amount.toFixed();
});
// @ts-expect-error no such place
export const nowhere = bus.subscribeToEventStored({ actor: Account, from: "end" }, () => {});
const ofAccounts = ({ event }: StoredEvent<AccountEvent>): void => void event;
// @ts-expect-error a handler of other events
export const otherEvents = bus.subscribeToEventStored({ actor: Order }, ofAccounts);
