// The command line of this folder: `permissions` prints users for nats-server's configuration, `provision` makes what a
// system needs. Invariant: it reads no environment, and a secret comes from a file or stays a variable of the server.
import { credsAuthenticator, type LinkOptions } from "@aether/nats";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { permissionsOf } from "./permissions.ts";
import { provision } from "./provision.ts";
import { type Role, type RoleOptions, roles } from "./role.ts";
import { serverConfigOf } from "./server-config.ts";

export const usage: string = `usage:
  permissions --system NAME [--namespace NAME] [--role ROLE]… [--node ID] [--event-streams N] [--account NAME]
      prints users (${roles.join(", ")}) for nats-server's configuration; passwords are variables of the server
  provision --servers URL[,URL…] --system NAME [--namespace NAME] [--replicas 1|3|5] [--event-streams N]
            [--creds FILE] [--ca FILE] [--inbox-prefix PREFIX]
      makes the streams and buckets that are missing, and prints all of them`;

const text = { type: "string" } as const;
const options = {
  system: text,
  namespace: text,
  role: { type: "string", multiple: true },
  node: text,
  account: text,
  servers: text,
  replicas: text,
  "event-streams": text,
  creds: text,
  ca: text,
  "inbox-prefix": text,
  help: { type: "boolean" },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

/** What the command prints. @throws TypeError with the usage for a wrong one; what `permissionsOf` and `provision` throw */
export async function runCommand(args: readonly string[]): Promise<string> {
  const { positionals, values } = parse(args);
  if (values.help === true) return `${usage}\n`;
  if (positionals.length === 1 && values.system !== undefined) {
    if (positionals[0] === "permissions") return printPermissions(values, values.system);
    if (positionals[0] === "provision" && values.servers !== undefined) return printProvisioned(values, values.system);
  }
  throw new TypeError(usage);
}

function parse(args: readonly string[]): { readonly positionals: readonly string[]; readonly values: Values } {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw new TypeError(`${(cause as Error).message}\n${usage}`, { cause });
  }
}

function printPermissions(values: Values, system: string): string {
  const { namespace, node, account, "event-streams": eventStreams } = values;
  // A client must have a name: without one there is nothing to print for it.
  const wanted = values.role ?? roles.filter((role) => role !== "client" || node !== undefined);
  const users = wanted.map((role) => {
    const options: RoleOptions = {
      role: role as Role,
      system,
      ...(namespace === undefined ? {} : { namespace }),
      ...(node === undefined || (role !== "node" && role !== "client") ? {} : { node }),
      ...(eventStreams === undefined ? {} : { eventStreams: Number(eventStreams) }),
    };
    const permissions = permissionsOf(options);
    const user = options.node === undefined ? `${system}-${role}` : `${system}-${role}-${options.node}`; // one each
    return { user, password: { env: `${role.toUpperCase()}_PASSWORD` }, permissions };
  });
  const prefixes = users.map(({ user, permissions }) => `# ${user}: inboxPrefix ${permissions.inboxPrefix}`);
  return `${prefixes.join("\n")}\n${serverConfigOf(users, account)}`;
}

async function printProvisioned(values: Values, system: string): Promise<string> {
  const { servers = "", namespace, replicas, "event-streams": eventStreams } = values;
  const streams = await provision({
    servers: servers.split(","),
    system,
    connection: await connectionOf(values, system),
    ...(namespace === undefined ? {} : { namespace }),
    ...(replicas === undefined ? {} : { replicas: Number(replicas) }),
    ...(eventStreams === undefined ? {} : { eventStreams: Number(eventStreams) }),
  });
  return `${streams.map(({ stream, replicas: found }) => `${stream} (replicas: ${found})`).join("\n")}\n`;
}

async function connectionOf(values: Values, system: string): Promise<NonNullable<LinkOptions["connection"]>> {
  const { namespace, creds, ca, "inbox-prefix": given } = values;
  const own = permissionsOf({ role: "provisioner", system, ...(namespace === undefined ? {} : { namespace }) });
  return {
    inboxPrefix: given ?? own.inboxPrefix,
    ...(creds === undefined ? {} : { authenticator: credsAuthenticator(await readFile(creds)) }),
    ...(ca === undefined ? {} : { tls: { caFile: ca } }),
  };
}
