// Permissions in the forms that NATS reads: as text of a nats-server configuration, and as claims of a user's JWT.
// Invariant: values are quoted, so that a name can never end a block or become a variable.
import type { RolePermissions } from "./permissions.ts";

/** How a user shows who it is. An `env` password is read by nats-server from its own environment. */
export type Login =
  | { readonly user: string; readonly password: string | { readonly env: string } }
  | { readonly nkey: string };

/** A login with what it may do. */
export type ServerUser = Login & { readonly permissions: RolePermissions };

/**
 * The users as a block of nats-server's configuration.
 * @param account puts them into an account of that name with JetStream, apart from all others. @default the global account
 */
export function serverConfigOf(users: readonly ServerUser[], account?: string): string {
  const list = users.map(userText).join("\n");
  if (account === undefined) return `authorization {\n  users: [\n${indent(list, 4)}\n  ]\n}\n`;
  return `accounts {\n  ${JSON.stringify(account)}: {\n    jetstream: enabled\n    users: [\n${indent(list, 6)}\n    ]\n  }\n}\n`;
}

/** The same as claims: for `encodeUser` of `@nats-io/jwt`, or `nsc edit user --allow-pub …`. */
export function userClaimsOf({ publish, subscribe }: RolePermissions): {
  readonly pub: { readonly allow: string[] };
  readonly sub: { readonly allow: string[] };
} {
  return { pub: { allow: [...publish] }, sub: { allow: [...subscribe] } };
}

function userText(user: ServerUser): string {
  const { publish, subscribe } = user.permissions;
  const lists = [`publish: { allow: ${listText(publish)} }`, `subscribe: { allow: ${listText(subscribe)} }`];
  return `{\n  ${loginText(user)}\n  permissions: {\n${indent(lists.join("\n"), 4)}\n  }\n}`;
}

function loginText(login: Login): string {
  if ("nkey" in login) return `nkey: ${JSON.stringify(login.nkey)}`;
  const { user, password } = login;
  return `user: ${JSON.stringify(user)}, password: ${typeof password === "string" ? JSON.stringify(password) : `$${variable(password.env)}`}`;
}

function variable(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name;
  throw new TypeError(`serverConfigOf: env is ${JSON.stringify(name)}; use letters, digits and "_".`);
}

function listText(subjects: readonly string[]): string {
  return `[\n${indent(subjects.map((subject) => JSON.stringify(subject)).join("\n"), 2)}\n]`;
}

function indent(text: string, by: number): string {
  return text.replaceAll(/^/gm, " ".repeat(by));
}
