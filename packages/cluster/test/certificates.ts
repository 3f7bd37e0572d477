// Certificates for a server on 127.0.0.1 and for a client, as files in a temporary directory, by an authority of their own.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";

export interface Certificates extends AsyncDisposable {
  /** As PEM. */
  readonly ca: string;
  readonly strangerCa: string;
  /** By path. */
  readonly caFile: string;
  readonly server: { readonly certFile: string; readonly keyFile: string };
  readonly client: { readonly certFile: string; readonly keyFile: string };
  /** A block of nats-server's configuration. @param verify whether clients must show a certificate, too */
  serverConfig(verify: boolean): string;
}

const authority = [
  { name: "basicConstraints", cA: true, critical: true },
  { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
] as const;
const hosts = [
  { type: 2, value: "localhost" },
  { type: 7, ip: "127.0.0.1" },
] as const;

export async function makeCertificates(): Promise<Certificates> {
  const directory = await mkdtemp(join(tmpdir(), "aether-tls-"));
  const named = (name: string) => [{ name: "commonName", value: name }];
  const root = await generate(named("authority"), { extensions: [...authority] });
  const stranger = await generate(named("stranger"), { extensions: [...authority] });
  const ca = { key: root.private, cert: root.cert };
  const server = await generate(named("localhost"), {
    ca,
    extensions: [{ name: "subjectAltName", altNames: [...hosts] }],
  });
  const client = await generate(named("node"), { ca });
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(directory, name), text);
    return join(directory, name);
  };
  const caFile = await file("ca.pem", root.cert);
  const [cert, key] = [await file("server.pem", server.cert), await file("server.key", server.private)];
  return {
    ca: root.cert,
    strangerCa: stranger.cert,
    caFile,
    server: { certFile: cert, keyFile: key },
    client: { certFile: await file("client.pem", client.cert), keyFile: await file("client.key", client.private) },
    serverConfig: (verify) =>
      `tls { cert_file: "${cert}", key_file: "${key}", ca_file: "${caFile}", verify: ${String(verify)} }`,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
