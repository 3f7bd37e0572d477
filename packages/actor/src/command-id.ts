// Ids of commands: what a repeat is recognised by. The runtime's own start with "~", which callers may not use; those of a
// session ("~session.n", and the asks that such a command leads to) are forgotten when the session has its answer, all
// others ("~~…": what a caller's own id or a tell leads to) by count and age.
import { createHash } from "node:crypto";
import { readBase36 } from "./base36.ts";

const maxLength = 96;
const ofSession = /^~([0-9a-z]+)\.([0-9a-z]+)(?:\/|$)/;

export interface CommandOwner {
  readonly session: string;
  readonly n: number;
}

/** What stands before the number in the ids of a session. */
export function sessionStem(session: string): string {
  return `~${session}.`;
}

/** Whose session an id belongs to, and which of its commands; `undefined` for ids outside of sessions. */
export function parseCommandId(id: string): CommandOwner | undefined {
  if (lastStem !== "" && id.startsWith(lastStem)) {
    const n = readBase36(id, lastStem.length);
    if (n !== undefined) return { session: lastSession, n };
  }
  const match = ofSession.exec(id);
  if (match === null) return undefined;
  lastSession = match[1] as string;
  lastStem = `~${lastSession}.`;
  return { session: lastSession, n: Number.parseInt(match[2] as string, 36) };
}

/** Most ids are of the session of the one before. */
let lastSession = "";
let lastStem = "";

/** The id of the n-th command that a turn sends: the same again when the turn runs again, and of bounded length. */
export function nestedCommandId(parent: string, ordinal: number, kind: "ask" | "tell"): string {
  const id = `${stem(parent, kind)}/${ordinal}`;
  if (id.length <= maxLength) return id;
  const owner = ofSession.exec(id) === null ? "~~" : id.slice(0, id.indexOf("/") + 1);
  return owner + createHash("sha256").update(id).digest("base64url");
}

/** Nobody's answer says when the id of a tell, or of what a caller's own id leads to, may be forgotten. */
function stem(parent: string, kind: "ask" | "tell"): string {
  if (parent.startsWith("~~")) return parent;
  if (!parent.startsWith("~")) return `~~${parent}`;
  return kind === "tell" ? `~${parent}` : parent;
}
