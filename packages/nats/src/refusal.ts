// Tells a server that says no from one that is not there: trying again would not change a refusal. Invariant: each reason
// names what to correct, and never the credentials themselves.

/** Errors of the client that are a "no", by name, and what helps. */
const byName: Readonly<Record<string, string>> = {
  AuthorizationError:
    "the credentials are wrong, missing or expired. Correct user, pass, token or authenticator in `connection`",
  UserAuthenticationExpiredError: "the credentials have expired. Issue new ones and give them in `connection`",
  InvalidArgumentError: "a setting does not fit the server. Correct it in `connection`",
  AuthenticatorFailed: "correct the seed or the credentials file that it is given",
  ProtocolError: "the server does not accept this client. Correct `connection`",
};

const distrust =
  "its certificate is not trusted. Give the authority that signed it in `connection.tls.ca` or `.caFile`";
const byCode: ReadonlyArray<readonly [RegExp, string]> = [
  [/SELF_SIGNED|UNABLE_TO_(VERIFY|GET)/, distrust],
  [/^CERT_HAS_EXPIRED$/, "its certificate has expired. Renew it on the server"],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, "its certificate is for another name. Use that name in `servers`, or reissue it"],
  [/CERTIFICATE_REQUIRED/, "it asks for a client certificate. Give `certFile` and `keyFile` in `connection.tls`"],
  [/^(ERR_SSL_|ERR_TLS_|CERT_)/, "TLS failed. Check `connection.tls` and the server's `tls` block"],
];

// What the client says of our own settings, as errors without a code.
const byMessage: ReadonlyArray<readonly [RegExp, string]> = [
  [/ doesn't exist$/, "correct that file in `connection.tls`"],
  [/server does not support 'tls'/, "give the server a `tls` block, or take `tls` out of `connection`"],
];

/** Why trying again is of no use, on one line; `undefined` when it may be. */
export function whyRefused(error: unknown): string | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { name, message } = cause;
    const { code } = cause as { code?: unknown };
    const help = byName[name] ?? match(byCode, code) ?? match(byMessage, message);
    if (help !== undefined) return `${message.split("\n")[0]}: ${help}`;
  }
  return undefined;
}

function match(table: ReadonlyArray<readonly [RegExp, string]>, text: unknown): string | undefined {
  return typeof text === "string" ? table.find(([pattern]) => pattern.test(text))?.[1] : undefined;
}
