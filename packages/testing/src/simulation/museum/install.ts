// Loaded before everything else where a bug is to be built in: the last argument of the process is its name.
import { register } from "node:module";
import { bugNamed } from "./bugs.ts";

const kind = import.meta.url.endsWith(".ts") ? "ts" : "js";
register(new URL(`building-in.${kind}`, import.meta.url), { data: bugNamed(process.argv.at(-1) ?? "") });
