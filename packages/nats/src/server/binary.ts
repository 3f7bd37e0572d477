// Asks a file whether it is a nats-server that this package accepts. Invariant: no binary is used before it has
// printed a version that is new enough; a refusal always says why.
import { access, constants } from "node:fs/promises";
import { ServerNotFound, ServerTooOld } from "../errors.ts";
import { isServerVersionAtLeast, minimumServerVersion, parseServerVersion } from "../version.ts";
import { runCommand } from "./command.ts";

/** The file name of the server on this platform. */
export const binaryName: string = process.platform === "win32" ? "nats-server.exe" : "nats-server";

/**
 * The version that the binary at `path` prints.
 * @throws ServerNotFound (NATS_SERVER_NOT_FOUND) when there is no such executable or it prints no version
 * @throws ServerTooOld (NATS_SERVER_TOO_OLD) when it is older than `minimumServerVersion`
 */
export async function checkBinary(path: string): Promise<string> {
  if (!(await isExecutable(path))) throw new ServerNotFound(`${path} does not exist or is not executable`);
  const printed = await runCommand(path, ["--version"], { timeoutMs: 10_000 }).catch((error: unknown) => {
    throw new ServerNotFound(`${path} does not run: ${reasonOf(error)}`, { cause: error });
  });
  const version = parseServerVersion(printed);
  if (version === undefined) throw new ServerNotFound(`${path} printed no version: ${printed.trim().slice(0, 200)}`);
  if (!isServerVersionAtLeast(version)) {
    throw new ServerTooOld(`${path} is nats-server ${version}; ${minimumServerVersion} or newer is needed`);
  }
  return version;
}

/** Whether this process may execute the file at `path`. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The message of anything thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
