// One user for each role on a server, beside an administrator, and what happens when one tries something.
import {
  permissionsOf,
  type Role,
  type RoleOptions,
  serverConfigOf,
  type ServerUser,
} from "@aether/cluster/permissions";
import { connectLink, type Link, type LinkError } from "@aether/nats";
import type { NatsServer } from "@aether/nats/server";
import { setImmediate as nextTurn } from "node:timers/promises";
import { inspect } from "node:util";

export const system = "bank";
export const namespace = "prod";

/** The least that each is. */
export const optionsOf: Readonly<Record<Role, RoleOptions>> = {
  node: { role: "node", system, namespace, node: "node1" },
  client: { role: "client", system, namespace, node: "web1" },
  reader: { role: "reader", system, namespace },
  provisioner: { role: "provisioner", system, namespace },
};

const everything = { publish: [">"], subscribe: [">"], inboxPrefix: "_INBOX" };

/** Users named as their roles, and "admin", who may do everything; all with the password "secret". */
export function usersConfig(more: readonly ServerUser[] = []): string {
  const users = Object.values(optionsOf).map((options) => ({
    user: options.role,
    password: "secret",
    permissions: permissionsOf(options),
  }));
  return serverConfigOf([{ user: "admin", password: "secret", permissions: everything }, ...users, ...more]);
}

/** What somebody tries to do. */
export interface Operation {
  readonly name: string;
  /** Whether streams must be made again before it. */
  readonly destroys?: boolean;
  /** Resolves when it was done. @param node the id that this user joins as */
  readonly run: (link: Link, node: string) => Promise<unknown>;
}

export interface ConnectedUser extends AsyncDisposable {
  readonly link: Link;
  /** `yes` when it was done, `no` when the server refused and that was said, otherwise what went wrong. */
  attempt(operation: Operation): Promise<string>;
}

export async function connectAs(server: NatsServer, role: Role): Promise<ConnectedUser> {
  const denials: LinkError[] = [];
  const { inboxPrefix } = permissionsOf(optionsOf[role]);
  const link = await connectLink({
    servers: server.url,
    connection: { user: role, pass: "secret", inboxPrefix },
    onProblem: (problem) => denials.push(problem),
  });
  return {
    link,
    attempt: async ({ run }) => {
      denials.length = 0;
      const began = performance.now();
      const thrown: unknown = await run(link, optionsOf[role].node ?? role).then(
        () => undefined,
        (error: unknown) => error ?? "nothing",
      );
      await link.connection.flush(); // a refusal of something that nobody answers is there by now, and is told soon
      for (let turns = 0; turns < 3; turns++) await nextTurn();
      const isDenied = denials.some(({ code }) => code === "NATS_PERMISSION_DENIED");
      if (performance.now() - began > 1_500) return `took ${Math.round(performance.now() - began)} ms`;
      if (thrown === undefined) return isDenied ? "no" : "yes";
      return isDenied && saysDenied(thrown)
        ? "no"
        : `${isDenied ? "refused, but " : ""}${inspect(thrown, { depth: 0 })}`;
    },
    [Symbol.asyncDispose]: () => link.close(),
  };
}

function saysDenied(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (/does not allow|permissions violation/i.test(cause.message)) return true;
  }
  return false;
}
