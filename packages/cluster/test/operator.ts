// An operator with one account on a server of its own: users of it show a signed token, and the server looks nothing up.
import {
  createAccount,
  createOperator,
  createUser,
  encodeAccount,
  encodeOperator,
  encodeUser,
  fmtCreds,
} from "@nats-io/jwt";
import { permissionsOf, type RoleOptions, userClaimsOf } from "@aether/cluster/permissions";

export interface Operator {
  /** Blocks of nats-server's configuration. */
  readonly serverConfig: string;
  /** A credentials file for a user in that role. @param seconds how long it is good for, from now */
  creds(options: RoleOptions, seconds?: number): Promise<Uint8Array>;
}

const unlimited = {
  mem_storage: -1,
  disk_storage: -1,
  streams: -1,
  consumer: -1,
  conn: -1,
  subs: -1,
  data: -1,
  payload: -1,
};

export async function makeOperator(): Promise<Operator> {
  const [operator, system, account] = [createOperator(), createAccount(), createAccount()];
  const sys = await encodeAccount("SYS", system, {}, { signer: operator });
  const bank = await encodeAccount("BANK", account, { limits: unlimited }, { signer: operator });
  const trusted = await encodeOperator("op", operator, { system_account: system.getPublicKey() });
  const serverConfig = `
    operator: ${trusted}
    system_account: ${system.getPublicKey()}
    resolver: MEMORY
    resolver_preload: { ${system.getPublicKey()}: ${sys}, ${account.getPublicKey()}: ${bank} }`;
  return {
    serverConfig,
    async creds(options, seconds) {
      const user = createUser();
      const claims = { ...userClaimsOf(permissionsOf(options)), subs: -1, data: -1, payload: -1 };
      const until = seconds === undefined ? {} : { exp: Math.floor(Date.now() / 1_000) + seconds };
      return fmtCreds(await encodeUser("node", user, account, claims, until), user);
    },
  };
}
