// What `servers` says, taken apart: where to dial, and who to be. Invariant: what is handed on, to the client library and
// into messages, holds no user, password or token.

/** Credentials that stood in a URL. */
export interface UrlCredentials {
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
}

/** The addresses without credentials, and the credentials that were found. */
export interface ServerUrls {
  readonly servers: string[];
  readonly credentials: UrlCredentials;
}

const inUrl = /^((?:[a-z]+:\/\/)?)([^@/]*)@/i;

/**
 * `nats://user:pass@host:4222` and `nats://token@host:4222`, percent-decoded.
 * @throws TypeError when several addresses name different credentials: one connection has one identity
 */
export function serverUrlsOf(servers: string | readonly string[]): ServerUrls {
  const given = typeof servers === "string" ? servers.split(",").map((one) => one.trim()) : servers;
  const found = new Set(given.flatMap((one) => inUrl.exec(one)?.[2] ?? []));
  if (found.size > 1) {
    throw new TypeError('"servers" names different credentials; give one identity in "connection" instead');
  }
  const [userInfo] = found;
  return {
    servers: given.map((one) => one.replace(inUrl, "$1")),
    credentials: userInfo === undefined ? {} : credentialsOf(userInfo),
  };
}

function credentialsOf(userInfo: string): UrlCredentials {
  const [first = "", ...rest] = userInfo.split(":");
  if (rest.length === 0) return { token: decodeURIComponent(first) };
  return { user: decodeURIComponent(first), pass: decodeURIComponent(rest.join(":")) };
}
