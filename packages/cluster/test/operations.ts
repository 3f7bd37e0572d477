// What members, and those who would like to be, may try: each as the code of this repository does it where it does.
import type { Link } from "@aether/nats";
import { eventStreamsOf, placeOf, bucketOf } from "@aether/persistence/jetstream";
import { AckPolicy, DeliverPolicy, jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { recordSubjectOf } from "../src/nats/event-bus-records.ts";
import { namesOf } from "../src/nats/names.ts";
import { namespace, type Operation, system } from "./users.ts";

const names = namesOf(system, namespace);
const others = namesOf(system, "other");
const [place, snapshotPlace] = [placeOf(system, "ev", namespace), placeOf(system, "sn", namespace)];
const foreign = placeOf(system, "ev", "other");
const [events = ""] = eventStreamsOf(place.stream, 1);
const layout = bucketOf(system, namespace);
const alice = { type: "account", id: "alice" };
const subject = place.subjectOf(alice);
const empty = new Uint8Array();

/** As it is done for real: fenced, behind what stands there. Only a refusal is no success. */
async function append(link: Link, to: string): Promise<void> {
  const outcome = await link.append(to, Buffer.from("{}"), 0);
  if (outcome.type === "refused") throw new Error(outcome.description);
}

async function listen(link: Link, to: string): Promise<void> {
  const stop = link.subscribe(to, () => {});
  await link.connection.flush();
  stop();
}

/** A call that JetStream answers, if only to say what is wrong with it, is one that was allowed. */
function call(link: Link, name: string, body = "{}"): Promise<unknown> {
  return link.request(`$JS.API.${name}`, Buffer.from(body));
}

const manager = (link: Link): ReturnType<typeof jetstreamManager> =>
  jetstreamManager(link.connection, { checkAPI: false });

async function follow(link: Link, stream: string): Promise<void> {
  const { consumers } = await manager(link);
  const { options } = link.connection as unknown as { options: { inboxPrefix: string } };
  const config = { name: "c", ack_policy: AckPolicy.None, deliver_policy: DeliverPolicy.All };
  await consumers.add(stream, { ...config, deliver_subject: `${options.inboxPrefix}.x` });
  await consumers.delete(stream, "c");
}

export const operations: readonly Operation[] = [
  { name: "join under its own name", run: (link, node) => append(link, names.entryOf(node)) },
  { name: "remove another node", run: (link) => append(link, names.entryOf("node2")) },
  { name: "see the members", run: async (link) => (await new Kvm(link.connection).open(names.bucket)).watch() },
  { name: "send a sign of life", run: async (link) => link.publish(names.beat, empty) },
  { name: "hear signs of life", run: (link) => listen(link, names.beat) },
  {
    name: "send a command to a node",
    run: async (link) => link.publish(names.nodeSubjectOf({ node: "node2", epoch: 1 }), empty),
  },
  { name: "hear what is for itself", run: (link, node) => listen(link, names.nodeSubjectOf({ node, epoch: 1 })) },
  {
    name: "hear what is for another node",
    run: (link) => listen(link, names.nodeSubjectOf({ node: "node2", epoch: 1 })),
  },
  { name: "hear what is for all nodes", run: (link) => listen(link, names.nodeSubjects) },
  {
    name: "answer whether it is there",
    run: async (link) => link.publish(`${names.prefix}.inbox.client-web1.X.a.7.0`, empty),
  },
  { name: "spoof a reply", run: async (link) => link.publish(`${names.prefix}.inbox.client-web1.X.a.7`, empty) },
  { name: "read another user's replies", run: (link) => listen(link, `${names.prefix}.inbox.other.>`) },
  { name: "read all replies", run: (link) => listen(link, "_INBOX.>") },
  { name: "read everything", run: (link) => listen(link, ">") },
  { name: "append events", run: (link) => append(link, subject) },
  {
    name: "read events",
    run: async (link) => {
      await link.getLast(events, subject);
      await link.getLastFromLeader(events, subject);
      await link.getNextFromLeader(events, subject, 1);
    },
  },
  {
    name: "read a history in pages",
    run: async (link) => {
      // What is asked for is there: the administrator's append, or this role's own.
      for await (const page of link.readFrom(events, subject, { fromSequence: 1, upToSequence: 1 })) void page;
    },
  },
  { name: "follow what is stored", run: (link) => follow(link, events) },
  { name: "save a snapshot", run: (link) => append(link, snapshotPlace.subjectOf(alice)) },
  {
    name: "load a snapshot",
    run: (link) => link.getLast(snapshotPlace.stream, snapshotPlace.subjectOf(alice)),
  },
  {
    name: "list the actors",
    run: async (link) => (await manager(link)).streams.info(events, { subjects_filter: ">" }),
  },
  {
    name: "read the layout",
    run: (link) => link.getLastFromLeader(layout.stream, `$KV.${layout.bucket}.event-streams`),
  },
  { name: "change the layout", run: (link) => append(link, `$KV.${layout.bucket}.event-streams`) },
  { name: "keep how far a subscription is", run: (link) => append(link, recordSubjectOf(layout.bucket, "tools")) },
  { name: "make a durable consumer", run: (link) => call(link, `CONSUMER.DURABLE.CREATE.${events}.d`) },
  { name: "make the stream of events", run: (link) => call(link, `STREAM.CREATE.${events}`) },
  { name: "make a stream of another name", run: (link) => call(link, "STREAM.CREATE.MINE", '{"name":"MINE"}') },
  { name: "change the stream of events", run: (link) => call(link, `STREAM.UPDATE.${events}`) },
  { name: "delete one event", run: (link) => call(link, `STREAM.MSG.DELETE.${events}`, '{"seq":1}') },
  { name: "purge events", run: async (link) => (await manager(link)).streams.purge(events), destroys: true },
  {
    name: "delete the stream of events",
    run: async (link) => (await manager(link)).streams.delete(events),
    destroys: true,
  },
  {
    name: "take a copy of the stream of events",
    run: (link) => call(link, `STREAM.SNAPSHOT.${events}`),
    destroys: true,
  },
  { name: "put back a copy of a stream", run: (link) => call(link, `STREAM.RESTORE.${events}`) },
  { name: "ask how much the account holds", run: (link) => call(link, "INFO") },
  { name: "list all streams", run: (link) => call(link, "STREAM.NAMES") },
  { name: "join in another namespace", run: (link, node) => append(link, others.entryOf(node)) },
  { name: "read events of another namespace", run: (link) => link.getLastFromLeader(foreign.stream, subject) },
  { name: "append events in another namespace", run: (link) => append(link, foreign.subjectOf(alice)) },
  { name: "send a command into another namespace", run: async (link) => link.publish(others.beat, empty) },
  { name: "ask the server about itself", run: (link) => link.request("$SYS.REQ.SERVER.PING", empty) },
  { name: "hear what the server says of itself", run: (link) => listen(link, "$SYS.>") },
  { name: "hear calls of JetStream", run: (link) => listen(link, "$JS.API.>") },
];
