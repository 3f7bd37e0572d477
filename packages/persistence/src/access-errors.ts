// The errors of a store whose user is kept from something: one class per situation; codes never change meaning.
import { AetherError } from "@aether/actor";

/** `PERSISTENCE_STORE_NOT_PROVISIONED`: streams or buckets are missing, and this NATS user may not make them. */
export class StoreNotProvisioned extends AetherError {
  readonly missing: readonly string[];

  constructor(missing: readonly string[]) {
    super(
      "PERSISTENCE_STORE_NOT_PROVISIONED",
      `Missing in JetStream, and not this NATS user's to make: ${missing.join(", ")}. Have a provisioner make all that the system ` +
        "needs, once: `provision({ servers, system })` of @aether/cluster/permissions.",
      { data: { missing } },
    );
    this.missing = missing;
  }
}

/** `PERSISTENCE_STORE_ACCESS_DENIED`: the NATS server does not let this user do what the store needs. */
export class StoreAccessDenied extends AetherError {
  constructor(what: string, cause: unknown) {
    super(
      "PERSISTENCE_STORE_ACCESS_DENIED",
      `This NATS user may not ${what}. Grant it as \`permissionsOf\` of @aether/cluster/permissions does, for this system and namespace.`,
      { cause, data: { what } },
    );
  }
}
