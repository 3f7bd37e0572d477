// Where a node answers a probe, and where it never does.
import { expect, it } from "vitest";
import { isProbeReply } from "../src/nats/probe-reply.ts";

it.each(["_INBOX.TQ2SQ3BPMOCU.a.1z.0", "aether.bank.inbox.node.ABC.a.4.0", "aether-ns.bank.inbox.node-a.ABC.a.4.0"])(
  "answers to the inbox %s",
  (subject) => expect(isProbeReply(subject, "aether.bank")).toBe(true),
);

it.each([
  "",
  "$JS.API.STREAM.DELETE.events",
  "$JS.API.STREAM.PURGE.a.1.0",
  "$KV.aether_bank.a",
  "$SYS.REQ.a.1.0",
  "aether.bank.ev.0.account.1",
  "aether.bank.ev.a.1.0",
  "aether.bank.node.a.1.0",
  "aether.bank.beat",
  "_INBOX.>",
  "_INBOX.*.a.1.0",
  "_INBOX.x.a.1.7",
  "_INBOX.x.a.1.0\r\nPUB x 0",
])("does not answer to %j", (subject) => expect(isProbeReply(subject, "aether.bank")).toBe(false));
