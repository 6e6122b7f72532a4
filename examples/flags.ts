/** Flags of the example programs, described by a table and read from arguments and environment. */

// deno-lint-ignore-file no-console -- programs talk to the terminal

/** One flag. */
export interface Flag {
  /** Its type: nothing, any text, a whole number, or texts, given once each. */
  readonly type: "boolean" | "text" | "number" | "list";
  /** Its purpose, for `--help`. */
  readonly help: string;
  /** The name of its value in `--help`. */
  readonly metavar?: string;
  /** Its value where it is not given; else `false`, `undefined` or an empty list. */
  readonly default?: string | number;
  /** The only texts that it takes. */
  readonly choices?: readonly string[];
  /** Largest number. */
  readonly max?: number;
}

/** Flags by name. */
export type Flags = Readonly<Record<string, Flag>>;

/** The value of a flag. */
export type FlagValue<F extends Flag> = F extends { type: "boolean" } ? boolean
  : F extends { type: "list" } ? string[]
  : F extends { choices: readonly (infer Choice)[]; default: string } ? Choice
  :
    | (F extends { type: "number" } ? number : string)
    | (F extends { default: unknown } ? never : undefined);

/** The values of flags. */
export type FlagValues<F extends Flags> = { -readonly [Name in keyof F]: FlagValue<F[Name]> };

/** Where values come from. */
export interface FlagSources {
  /** Command line arguments. */
  readonly args: readonly string[];
  /** Looks up a variable of the environment. */
  readonly env: (name: string) => string | undefined;
}

/** A flag or variable is unknown or has a bad value; the message is for the user. */
export class FlagError extends Error {
  override readonly name = "FlagError";
}

/**
 * Reads the flags of a program. Prints the help and ends the program where `--help` is given;
 * prints one line and ends it with 2 where a flag is wrong.
 *
 * @param usage The program and what it does.
 * @param flags The flags that it takes.
 * @returns A value for each flag.
 */
export function readFlags<F extends Flags>(usage: string, flags: F): FlagValues<F> {
  try {
    const values = parseFlags(flags, { args: Deno.args, env: readEnvironment });
    if (values !== "help") return values;
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    usageError(error.message);
  }
  console.log(helpText(usage, flags));
  Deno.exit(0);
}

/** Ends a program that was started the wrong way, with 2 and one line that says what is wrong. */
export function usageError(message: string): never {
  console.error(message);
  Deno.exit(2);
}

/** Variables that the program may not read count as not set. */
function readEnvironment(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

/**
 * Reads flags; those that are not given come from the environment, as `HAWSER_` and the name.
 *
 * @param flags The known flags.
 * @param sources Arguments and environment.
 * @returns A value for each flag, or `"help"`.
 * @throws {FlagError} A flag is unknown, or a value is wrong.
 */
export function parseFlags<F extends Flags>(
  flags: F,
  sources: FlagSources,
): FlagValues<F> | "help" {
  const given = readArguments(flags, sources.args);
  if (given.has("help")) return "help";
  const values = Object.entries(flags).map(([name, flag]) => {
    const fromArguments = given.get(name);
    const variable = variableName(name);
    const fromEnvironment = sources.env(variable);
    if (fromArguments !== undefined) return [name, convert(`--${name}`, flag, fromArguments)];
    if (fromEnvironment !== undefined && fromEnvironment !== "") {
      const texts = flag.type === "list" ? fromEnvironment.split(",") : [fromEnvironment];
      return [name, convert(variable, flag, texts)];
    }
    return [name, flag.default ?? convert(name, flag, [])];
  });
  // The cast: `convert` and the defaults follow the types of the table.
  return Object.fromEntries(values) as FlagValues<F>;
}

/**
 * Texts by flag; a flag without a value is there with the text "true". Not by `node:util`, whose
 * loading is a tenth of what a start takes.
 */
function readArguments(flags: Flags, args: readonly string[]): Map<string, string[]> {
  const given = new Map<string, string[]>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (!arg.startsWith("-") || arg === "-" || arg === "--") {
      throw new FlagError(`Unexpected argument "${arg}": see --help`);
    }
    const [raw, inline] = splitOnce(arg);
    const name = raw === "-h" ? "help" : raw.slice(2);
    if (!raw.startsWith("--") && raw !== "-h" || !Object.hasOwn(flags, name) && name !== "help") {
      throw new FlagError(`Unknown flag ${raw}: see --help`);
    }
    const takesValue = flags[name] !== undefined && flags[name].type !== "boolean";
    const value = inline ?? (takesValue ? args[++i] : "true");
    // `--port --compress`: the value was forgotten.
    if (value === undefined || inline === undefined && value.startsWith("--")) {
      throw new FlagError(`Flag --${name} needs a value: see --help`);
    }
    given.set(name, [...given.get(name) ?? [], value]);
  }
  return given;
}

/** `--flag=value`, and what has no value. */
function splitOnce(arg: string): [flag: string, value: string | undefined] {
  const at = arg.indexOf("=");
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

/** `source` is the flag or the variable as the user knows it. */
function convert(source: string, flag: Flag, texts: readonly string[]): unknown {
  if (flag.type === "list") return texts;
  const text = texts.at(-1);
  if (flag.type === "boolean") return toBoolean(source, text ?? "false");
  if (text === undefined) return undefined;
  return flag.type === "number" ? toNumber(source, flag, text) : toText(source, flag, text);
}

function toBoolean(source: string, text: string): boolean {
  if (["true", "1"].includes(text)) return true;
  if (["false", "0"].includes(text)) return false;
  throw new FlagError(`${source} must be true or false: current value is "${text}"`);
}

function toText(source: string, { choices }: Flag, text: string): string {
  if (choices === undefined || choices.includes(text)) return text;
  throw new FlagError(`${source} must be one of ${choices.join(", ")}: current value is "${text}"`);
}

function toNumber(source: string, { max = Number.MAX_SAFE_INTEGER }: Flag, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= max) return value;
  const range = max < Number.MAX_SAFE_INTEGER ? `from 0 to ${max}` : "of 0 or more";
  throw new FlagError(`${source} must be a whole number ${range}: current value is "${text}"`);
}

function variableName(flag: string): string {
  return `HAWSER_${flag.replaceAll("-", "_").toUpperCase()}`;
}

/**
 * Writes the help.
 *
 * @param usage The program and what it does.
 * @param flags The flags that it takes.
 * @returns Lines for the terminal.
 */
export function helpText(usage: string, flags: Flags): string {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const remark = flag.default === undefined ? "" : ` (default ${flag.default})`;
    return [`--${name} ${flag.metavar ?? ""}`.trim(), flag.help + remark] as const;
  });
  rows.push(["--help", "Print this"]);
  const width = Math.max(...rows.map(([left]) => left.length));
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
  return [
    usage,
    "",
    "Flags; each can be set in the environment too, --some-flag as HAWSER_SOME_FLAG:",
    ...lines,
  ].join("\n");
}
