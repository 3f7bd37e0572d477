import { Actor, type ActorRef } from "@aether/actor";
import { type Events, EventSourcedActor } from "@aether/persistence";
import { expect, it } from "vitest";
import { Account } from "./account.ts";
import { eventsIn, hold, openBank, watch } from "./bank.ts";

type Noted = { type: "noted"; text: string };
const heard: unknown[] = [];

class Ear extends Actor {
  static type = "ear";
  hear(what: unknown): void {
    heard.push(what);
  }
}

class Diary extends EventSourcedActor<Noted> {
  static type = "diary";
  static readonly events: Events<Noted> = { noted: 1 };
  state = { texts: [] as string[] };
  apply(event: Noted): void {
    this.state.texts.push(event.text);
  }
  note(text: string): string[] {
    return this.persist({ type: "noted", text }).texts;
  }
  noteAndReply(text: string, reply: string): string {
    this.note(text);
    return reply;
  }
  noteAndTell(text: string): void {
    this.note(text);
    this.ctx.ref(Ear, "ear").tell.hear(this.state);
  }
  look(): Diary["state"] {
    return this.state;
  }
  tellState(): void {
    this.ctx.ref(Ear, "ear").tell.hear(this.state);
  }
  async askState(): Promise<void> {
    await this.ctx.ref(Ear, "ear").ask.hear(this.state);
  }
  async noteThenAsk(text: string): Promise<void> {
    this.note(text);
    await this.ctx.ref(Ear, "ear").ask.hear("never");
  }
  async noteDurableAsk(text: string): Promise<void> {
    this.note(text);
    await this.durable();
    await this.ctx.ref(Ear, "ear").ask.hear(`after ${text}`);
  }
}

it("no reply, tell or answer of a query shows an event that is not stored, nor one that came later", async () => {
  heard.length = 0;
  const held = hold("append");
  await using bank = await openBank({ actors: [Diary, Ear], faults: held.faults });
  const { ask, tell } = bank.system.ref(Diary, "d");
  const first = ask.note("1");
  tell.noteAndTell("2");
  const looked = ask.look();
  tell.tellState();
  const asked = watch(ask.askState());
  const seen = [watch(first), watch(looked)];
  await bank.time.settle();
  expect([seen.map((s) => s.state), heard, held.waiting]).toEqual([["waiting", "waiting"], [], 1]);
  held.open();
  await bank.time.settle();
  await ask.note("3");
  expect(await first).toEqual(["1"]);
  expect(await looked).toEqual({ texts: ["1", "2"] });
  expect(heard).toEqual([{ texts: ["1", "2"] }, { texts: ["1", "2"] }, { texts: ["1", "2"] }]);
  expect(asked.state).toBe("done: undefined");
});

it("an answer does not wait for what it has not seen", async () => {
  const held = hold("append");
  await using bank = await openBank({ actors: [Diary, Ear], faults: held.faults });
  const a = watch(bank.system.ref(Diary, "a").ask.note("x"));
  expect(await bank.system.ref(Diary, "b").ask.look()).toEqual({ texts: [] });
  expect(a.state).toBe("waiting");
});

it("one commit is in flight, and what comes meanwhile goes into the next as one", async () => {
  const held = hold("append");
  await using bank = await openBank({ faults: held.faults });
  const { ask } = bank.system.ref(Account, "alice");
  const first = ask.deposit(1);
  await bank.time.settle();
  const rest = [2, 3, 4].map((amount) => ask.deposit(amount));
  await bank.time.settle();
  expect(held.waiting).toBe(1);
  held.next();
  expect(await first).toBe(1);
  await bank.time.settle();
  expect(held.waiting).toBe(1);
  held.next();
  expect(await Promise.all(rest)).toEqual([3, 6, 10]);
  const commits = await bank.stored("alice");
  expect(commits.map((commit) => eventsIn(commit).length)).toEqual([1, 3]);
  expect(bank.metrics()).toMatchObject({ commits: 2, events: 4 });
});

it("outputs leave in the order of their turns", async () => {
  const held = hold("append");
  await using bank = await openBank({ faults: held.faults });
  const { ask } = bank.system.ref(Account, "alice");
  const order: string[] = [];
  const note = (name: string, promise: Promise<unknown>) => promise.catch(() => 0).then(() => order.push(name));
  const all = [
    note("deposit", ask.deposit(1)),
    note("look", ask.look()),
    note("refused", ask.withdraw(100)),
    note("failed", ask.depositThenThrow(1)),
    note("last", ask.deposit(1)),
  ];
  await bank.time.settle();
  expect(order).toEqual([]);
  held.open();
  await Promise.all(all);
  expect(order).toEqual(["deposit", "look", "refused", "failed", "last"]);
});

it("commits are cut between turns by what the store takes", async () => {
  const held = hold("append");
  await using bank = await openBank({ actors: [Diary, Ear], faults: held.faults });
  const { ask } = bank.system.ref(Diary, "d");
  const first = ask.note("first");
  await bank.time.settle();
  const large = ["a", "b", "c", "d", "e"].map((letter) => ask.note(letter.repeat(400_000)));
  await bank.time.settle();
  held.open();
  await Promise.all([first, ...large]);
  const commits = await bank.stored("d", "diary");
  expect(commits.map((commit) => eventsIn(commit).length)).toEqual([1, 2, 2, 1]);
  for (const commit of commits) expect(Buffer.byteLength(commit)).toBeLessThanOrEqual(1_048_576);
});

it("a turn over the limit fails with CommitTooLarge, nothing of it happened, and the others are not touched", async () => {
  await using bank = await openBank({ actors: [Diary, Ear] });
  const { ask } = bank.system.ref(Diary, "d");
  const before = ask.note("before");
  const tooLarge = ask.note("x".repeat(1_048_576));
  const after = ask.note("after");
  await expect(tooLarge).rejects.toMatchObject({
    code: "PERSISTENCE_COMMIT_TOO_LARGE",
    data: { actor: "diary/d", maxBytes: 1_046_528 },
  });
  expect([await before, await after]).toEqual([["before"], ["before", "after"]]);
});

it("a turn is measured with all that is stored of it, to the byte", async () => {
  await using bank = await openBank({ actors: [Diary, Ear] });
  const room = 1_046_528 - '{"schema":1,"event":{"type":"noted","text":""}},'.length;
  const outcomes = new Set<string>();
  for (let less = 0; less <= 4_400; less += 400) {
    const { ask } = bank.system.ref(Diary, `d${less}`).with({ commandId: "c".repeat(100) });
    const outcome = watch(ask.noteAndReply("x".repeat(room - less), "r".repeat(4_000)));
    await bank.time.settle();
    outcomes.add(outcome.state.slice(0, 36));
  }
  expect([...outcomes]).toEqual(["failed: PERSISTENCE_COMMIT_TOO_LARGE", expect.stringMatching(/^done: "rrr/)]);
});

it("a part that is split off is measured with its command too", async () => {
  await using bank = await openBank({ actors: [Diary, Ear] });
  const room = 1_046_528 - '{"schema":1,"event":{"type":"noted","text":""}},'.length;
  const { ask } = bank.system.ref(Diary, "d").with({ commandId: "c".repeat(100) });
  await expect(ask.noteDurableAsk("x".repeat(room - 100))).rejects.toMatchObject({
    code: "PERSISTENCE_COMMIT_TOO_LARGE",
  });
  expect(await bank.system.ref(Diary, "d").ask.look()).toEqual({ texts: [] });
});

it("an ask after persist is refused at once with the ways out, and nothing of the turn happened", async () => {
  heard.length = 0;
  await using bank = await openBank({ actors: [Diary, Ear] });
  const { ask } = bank.system.ref(Diary, "d");
  await expect(ask.noteThenAsk("x")).rejects.toMatchObject({
    code: "ACTOR_ASK_BEFORE_DURABLE",
    message: expect.stringMatching(/Ask before persisting, or split the turn with `await this\.durable\(\)`/) as string,
  });
  expect([await ask.look(), heard]).toEqual([{ texts: [] }, []]);
});

it("an ask after durable leaves once what it has seen is stored", async () => {
  heard.length = 0;
  const held = hold("append");
  await using bank = await openBank({ actors: [Diary, Ear], faults: held.faults });
  const asked = bank.system.ref(Diary, "d").ask.noteDurableAsk("x");
  await bank.time.settle();
  expect(heard).toEqual([]);
  held.open();
  await asked;
  expect(heard).toEqual(["after x"]);
});

it("the mailbox pauses when too many turns wait, and goes on when the store has answered", async () => {
  const held = hold("append");
  await using bank = await openBank({ faults: held.faults, maxWaitingTurns: 3 });
  const { ask } = bank.system.ref(Account, "alice");
  const first = ask.deposit(1);
  await bank.time.settle();
  const all = [first, ...Array.from({ length: 9 }, () => ask.deposit(1))];
  await bank.time.settle();
  held.next();
  await bank.time.settle();
  held.next();
  await bank.time.settle();
  held.open();
  await Promise.all(all);
  const counts = (await bank.stored("alice")).map((commit) => eventsIn(commit).length);
  expect(Math.max(...counts)).toBeLessThanOrEqual(3);
  expect(counts.reduce((a, b) => a + b)).toBe(10);
});

it("the mailbox pauses when too many bytes wait", async () => {
  const held = hold("append");
  await using bank = await openBank({ actors: [Diary, Ear], faults: held.faults, maxWaitingBytes: 1_000 });
  const { ask } = bank.system.ref(Diary, "d");
  const all = Array.from({ length: 8 }, () => ask.note("x".repeat(600)));
  await bank.time.settle();
  held.open();
  await Promise.all(all);
  const counts = (await bank.stored("d", "diary")).map((commit) => eventsIn(commit).length);
  expect(Math.max(...counts)).toBeLessThanOrEqual(2);
});

class Chatter extends EventSourcedActor<Noted> {
  static type = "chatter";
  static readonly events: Events<Noted> = { noted: 1 };
  static turns = 0;
  state = 0;
  apply(): void {
    this.state++;
  }
  note(): void {
    this.persist({ type: "noted", text: "" });
  }
  say(times: number, text: string): void {
    Chatter.turns++;
    for (let i = 0; i < times; i++) this.ctx.ref(Ear, "ear").tell.hear(text);
  }
  reply(text: string): string {
    Chatter.turns++;
    return text;
  }
}

it.each([
  ["many tells", (chat: ActorRef<Chatter>["tell"]) => chat.say(4_000, "x"), 3],
  ["large tells", (chat: ActorRef<Chatter>["tell"]) => chat.say(1, "x".repeat(6_000_000)), 3],
] as const)("%s that wait for the store pause the mailbox until it has answered", async (_, say, turns) => {
  Chatter.turns = heard.length = 0;
  const held = hold("append");
  await using bank = await openBank({ actors: [Chatter, Ear], faults: held.faults });
  const { tell } = bank.system.ref(Chatter, "c");
  tell.note();
  for (let i = 0; i < 6; i++) say(tell);
  await bank.time.settle();
  expect([Chatter.turns, heard]).toEqual([turns, []]);
  held.open();
  await bank.time.settle();
  expect(Chatter.turns).toBe(6);
  heard.length = 0;
});

it("large replies that wait for the store pause the mailbox until it has answered", async () => {
  Chatter.turns = 0;
  const held = hold("append");
  await using bank = await openBank({ actors: [Chatter, Ear], faults: held.faults });
  const { ask, tell } = bank.system.ref(Chatter, "c");
  tell.note();
  const replies = Array.from({ length: 6 }, () => ask.reply("x".repeat(6_000_000)));
  await bank.time.settle();
  expect(Chatter.turns).toBe(3);
  held.open();
  expect((await Promise.all(replies)).length).toBe(6);
});
