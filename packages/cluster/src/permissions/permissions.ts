// The least that each role needs, as allow-lists: what is not listed is denied by the server. Invariant: every subject
// names the system and its namespace; nothing reaches `$SYS`, all of `$JS`, or an inbox that others share.
import { type Resources, resourcesOf } from "./resources.ts";
import { type RoleOptions, type SettledRole, settleRole } from "./role.ts";

/** What one NATS user may do. */
export interface RolePermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Give it as `connection.inboxPrefix`: answers come below it, and this user may listen nowhere else for them. */
  readonly inboxPrefix: string;
}

/**
 * The permissions of a role.
 * @throws TypeError naming the option
 */
export function permissionsOf(options: RoleOptions): RolePermissions {
  const role = settleRole(options);
  const resources = resourcesOf(role);
  const { names } = resources;
  const who = role.node === undefined ? role.role : `${role.role}-${role.node}`; // no node id is the name of a role's inbox
  const inboxPrefix = `${names.prefix}.inbox.${who}`;
  const publish = new Set(publishing[role.role](role, resources));
  const subscribe = [`${inboxPrefix}.>`];
  if (role.role === "node" || role.role === "client") {
    subscribe.push(`${names.prefix}.node.${role.node ?? "*"}.*`, names.beat);
  }
  return { publish: [...publish], subscribe, inboxPrefix };
}

type Publishing = (role: SettledRole, resources: Resources) => string[];

const publishing: Readonly<Record<SettledRole["role"], Publishing>> = {
  node: (role, resources) => {
    const { names, events, snapshots, members, layout, busRecords, eventSubjects, snapshotSubjects } = resources;
    return [
      ...speaking(resources),
      names.entryOf("*"), // its own, and those of nodes that it finds gone
      eventSubjects,
      snapshotSubjects,
      busRecords,
      ...[...events, snapshots, members, layout.stream].flatMap(looking),
      ...[...events, snapshots].flatMap(reading),
      ...events.flatMap(following),
      ...watching(members),
      ...(role.mayTruncate ? events.map((stream) => `$JS.API.STREAM.PURGE.${stream}`) : []),
      ...(role.mayProvision ? [...streamsOf(resources).map(creating), layout.subjects] : []),
    ];
  },
  client: (role, resources) => [
    ...speaking(resources),
    resources.names.entryOf(role.mayRemove ? "*" : (role.node ?? "")),
    ...looking(resources.members),
    ...watching(resources.members),
  ],
  reader: (_role, { events, snapshots, layout, busRecords }) => [
    busRecords,
    ...[...events, snapshots, layout.stream].flatMap(looking),
    ...[...events, snapshots].flatMap(reading),
    ...events.flatMap(following),
  ],
  provisioner: (_role, resources) => {
    const { layout } = resources;
    const administering = ["CREATE", "UPDATE", "DELETE", "PURGE", "INFO"];
    return [
      ...streamsOf(resources).flatMap((stream) => administering.map((verb) => `$JS.API.STREAM.${verb}.${stream}`)),
      layout.subjects,
      `$JS.API.STREAM.MSG.GET.${layout.stream}`,
    ];
  },
};

/** As a member: frames and signs of life to all, and answers to the question whether it is there. */
function speaking({ names }: Resources): string[] {
  return [names.nodeSubjects, names.beat, `${names.prefix}.inbox.*.*.a.*.0`];
}

/** Its settings, and one message of it, from its leader. */
function looking(stream: string): string[] {
  return [`$JS.API.STREAM.INFO.${stream}`, `$JS.API.STREAM.MSG.GET.${stream}`];
}

/** Messages of it from any replica, one or many. */
function reading(stream: string): string[] {
  return [`$JS.API.DIRECT.GET.${stream}`, `$JS.API.DIRECT.GET.${stream}.>`];
}

/** Ephemeral consumers of all that is stored, with the answers of one that is pushed and says whether it keeps up. */
function following(stream: string): string[] {
  const api = "$JS.API.CONSUMER";
  return [`${api}.CREATE.${stream}`, `${api}.CREATE.${stream}.*`, `${api}.DELETE.${stream}.*`, `$JS.FC.${stream}.>`];
}

/** The same as the client library does it for a bucket: it names the filter in the subject. */
function watching(stream: string): string[] {
  const api = "$JS.API.CONSUMER";
  return [`${api}.CREATE.${stream}.>`, `${api}.DELETE.${stream}.*`, `$JS.FC.${stream}.>`];
}

function creating(stream: string): string {
  return `$JS.API.STREAM.CREATE.${stream}`;
}

function streamsOf({ events, snapshots, members, layout }: Resources): string[] {
  return [...events, snapshots, members, layout.stream];
}
