// Input at the edge: what a command's arguments must look like, in any library that speaks Standard Schema.
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Actor } from "./actor.ts";
import type { ClassInfo, CommandName } from "./actor-class.ts";
import type { ActorAddress } from "./address.ts";
import { InvalidArguments, TurnRefused } from "./errors.ts";
import { isThenable } from "./promises.ts";
import { describeError } from "./thrown.ts";

/**
 * `static readonly schemas: Schemas<Account> = { deposit: z.number().positive() }`: for a command of one parameter its
 * schema, for one of several a list of schemas. What a schema gives is what the handler gets.
 */
export type Schemas<A extends Actor> = {
  readonly [K in CommandName<A>]?: A[K] extends (...args: infer Args) => unknown ? ArgumentSchemas<Args> : never;
};

type ArgumentSchemas<Args extends readonly unknown[]> = Args extends readonly []
  ? readonly []
  : Required<Args> extends readonly [unknown]
    ? StandardSchemaV1<unknown, Args[0]> | readonly [StandardSchemaV1<unknown, Args[0]>]
    : { readonly [I in keyof Args]-?: StandardSchemaV1<unknown, Args[I]> };

type CommandSchemas = readonly StandardSchemaV1[];
export type SchemasByCommand = ReadonlyMap<string, CommandSchemas>;
type Arguments = readonly unknown[];

/** @throws TypeError for a schema of what is no command, or a value that is no schema. */
export function readSchemas({ actorClass, commands }: ClassInfo): SchemasByCommand | undefined {
  const given = (actorClass as { schemas?: unknown }).schemas;
  if (given === undefined) return undefined;
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`${actorClass.name}: static schemas is an object of schemas by command.`);
  }
  const schemas = new Map<string, CommandSchemas>();
  for (const [command, schema] of Object.entries(given)) {
    if (!commands.has(command)) {
      throw new TypeError(
        `${actorClass.name}: static schemas.${command} is for no command; there are ${[...commands.keys()].join(", ")}.`,
      );
    }
    const list: unknown[] = Array.isArray(schema) ? schema : [schema];
    if (!list.every(isSchema)) {
      throw new TypeError(
        `${actorClass.name}: static schemas.${command} is no Standard Schema (zod, valibot, arktype…).`,
      );
    }
    schemas.set(command, list);
  }
  return schemas;
}

function isSchema(value: unknown): value is StandardSchemaV1 {
  const isCallable = (typeof value === "object" && value !== null) || typeof value === "function";
  return isCallable && typeof (value as StandardSchemaV1)["~standard"]?.validate === "function";
}

/** The arguments as the handler gets them; a promise only where a schema needs one. @throws TurnRefused */
export function validate(
  schemas: CommandSchemas,
  to: ActorAddress,
  command: string,
  args: Arguments,
): Arguments | Promise<Arguments> {
  if (args.length > schemas.length) {
    throw refused(to, command, [{ message: `takes ${schemas.length} arguments, got ${args.length}` }]);
  }
  const results = schemas.map((schema, i) => check(schema, args[i]));
  if (areSettled(results)) return accept(results, to, command);
  return Promise.all(results.map((result) => Promise.resolve(result))).then((all) => accept(all, to, command));
}

type Result = StandardSchemaV1.Result<unknown>;

/** A schema that throws has met something that it was not made for: refused like all that does not fit. */
function check(schema: StandardSchemaV1, arg: unknown): Result | Promise<Result> {
  const threw = (error: unknown): Result => ({
    issues: [{ message: `its schema threw ${describeError(error, true)}` }],
  });
  try {
    const result = schema["~standard"].validate(arg);
    return isThenable(result) ? Promise.resolve(result).catch(threw) : result;
  } catch (error) {
    return threw(error);
  }
}

function areSettled(results: readonly (Result | Promise<Result>)[]): results is readonly Result[] {
  return !results.some(isThenable);
}

/** What a schema answers is a library's, or anybody's. */
function accept(results: readonly Result[], to: ActorAddress, command: string): Arguments {
  let issues: readonly ArgumentIssue[];
  try {
    issues = issuesOf(results);
  } catch (error) {
    issues = [{ message: `its schema gave no answer that can be read: ${describeError(error, true)}` }];
  }
  if (issues.length > 0) throw refused(to, command, issues);
  return results.map((result) => (result as StandardSchemaV1.SuccessResult<unknown>).value);
}

function issuesOf(results: readonly Result[]): readonly ArgumentIssue[] {
  return results.flatMap((result, i) =>
    (result.issues ?? []).map(({ message, path = [] }) => ({
      message,
      // Not `path.map`: a library's own kind of list may make something else of that.
      path: [i, ...Array.from(path, (part) => String(typeof part === "object" ? part.key : part))].join("."),
    })),
  );
}

function refused(to: ActorAddress, command: string, issues: readonly ArgumentIssue[]): TurnRefused {
  return new TurnRefused(new InvalidArguments(to.toString(), command, issues));
}

/** What is wrong; `path` begins with the position of the argument. */
export interface ArgumentIssue {
  readonly message: string;
  readonly path?: string;
}
